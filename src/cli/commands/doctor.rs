//! `doctor`: what this machine and this account can do, a line each.

use std::rc::Rc;

use crate::cli::args::{DoctorArgs, Global};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::doctor::{Grade, doctor};
use crate::ops::live::live;
use crate::report;
use crate::report::documents::DoctorDocument;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &DoctorArgs) -> Outcome {
    if args.live {
        return try_it(ui, global, &known(ui, global)?).await;
    }
    let known = global.file.exists().then(|| known(ui, global)).transpose()?;
    let findings = doctor(known.as_ref(), &global.place(), ui).await;
    let failed = findings.iter().any(|finding| finding.verdict == Grade::Failed);
    let document =
        DoctorDocument { schema: "pretoken/doctor/v1", ok: !failed, findings: &findings };
    ui.result(&document, &report::doctor::text(&findings));
    Ok(failed.then_some(Exit::Failed))
}

/// Nobody is asked at every step: whoever does not say `--yes` does not mean it.
async fn try_it(ui: &Rc<Ui>, global: &Global, known: &Loaded) -> Outcome {
    if !global.yes {
        let error = anyhow::anyhow!("--live deploys a stack of its own, and removes it again");
        return Err(Failure::new(Exit::Refused, Code::NotConfirmed, error).hint("add --yes"));
    }
    let ledger = live(known, &global.place(), ui).await?;
    ui.result(&ledger, &ledger.markdown());
    Ok((!ledger.ok).then_some(Exit::Failed))
}
