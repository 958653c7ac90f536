//! `verify`: the proof, for people, for JSON and for JUnit.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use crate::cli::args::{Global, VerifyArgs};
use crate::cli::html::write_page;
use crate::cli::known::{proving, resolved};
use crate::cli::ui::Ui;
use crate::cli::writer::Writer;
use crate::config::{Promises, load_promises};
use crate::failure::{Exit, Failure, Outcome};
use crate::model::ClientKey;
use crate::ops::any_pool::prove_any;
use crate::ops::connection::{Destination, connect, connect_for};
use crate::ops::options::Proving;
use crate::ops::verify::{deployed, prove};
use crate::report::proof;
use crate::verify::Report;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &VerifyArgs) -> Outcome {
    let report = match args.any.client() {
        Some(at) => of_any_pool(ui, global, args, &at).await?,
        None => of_the_stack(ui, global, args).await?,
    };
    if let Some(path) = &args.junit {
        write_junit(&ui.writer, path, &report)?;
    }
    ui.result(&report, &proof::text(&report));
    // A signal is how sign-ins that go on for a while may end.
    Ok((!report.ok).then_some(Exit::Unproven).or(ui.signal()))
}

async fn of_the_stack(ui: &Rc<Ui>, global: &Global, args: &VerifyArgs) -> Result<Report, Failure> {
    let known = resolved(ui, global).await?;
    let proving = Proving {
        load: args.load.load(),
        ..proving(ui, &args.proving, &known.config.verify, false)?
    };
    let connection = connect_for(ui, &global.place(), &known.config).await?;
    let actual = deployed(&known, &connection).await?;
    let report = prove(&known, &connection, &actual, &proving, Duration::ZERO, &**ui).await?;
    write_page(ui, &args.page, &report, &known, Some(&connection.target))?;
    Ok(report)
}

async fn of_any_pool(
    ui: &Rc<Ui>,
    global: &Global,
    args: &VerifyArgs,
    at: &ClientKey,
) -> Result<Report, Failure> {
    let promises = match &args.any.expect {
        Some(file) => load_promises(file, at)?,
        None => Promises::default(),
    };
    let proving =
        Proving { load: args.load.load(), ..proving(ui, &args.proving, &promises.verify, false)? };
    let region = at.pool.split_once('_').map(|(region, _)| region.to_owned());
    let connection =
        connect(ui, &global.place(), Destination { region, ..Destination::default() }).await?;
    prove_any(&connection, at, promises, &proving, &**ui).await
}

/// The checks, for a pipeline that shows them.
pub fn write_junit(writer: &Writer, path: &Path, report: &Report) -> Result<(), Failure> {
    writer.file(path, &report.junit())
}
