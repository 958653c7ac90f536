//! `init`: a project to begin with; or, for a pool that exists, a `deploy.toml` written from what is in it. Overwrites nothing.

use std::path::Path;
use std::rc::Rc;

use crate::cli::args::{Global, InitArgs};
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::config;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::connection::{Destination, connect};
use crate::ops::describe::{described, pool_id};
use crate::report::documents::InitDocument;
use crate::scaffold;
use crate::scaffold::from_pool::{Description, deploy_toml};

const SCHEMA: &str = "pretoken/init/v1";

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &InitArgs) -> Outcome {
    match &args.from_pool {
        Some(pool) => from_pool(ui, global, pool, args).await,
        None => from_nothing(ui, &global.file, args.own_code),
    }
}

fn from_nothing(ui: &Ui, file: &Path, own_code: bool) -> Outcome {
    if let Some(path) = scaffold::in_the_way(file, own_code) {
        return Err(taken(&path.display()));
    }
    let (shown, directory) = (file.display(), scaffold::directory(file));
    scaffold::write(file, own_code).map_err(|error| {
        Failure::new(Exit::Failed, Code::CannotWrite, error)
            .context(format!("cannot write `{shown}`"))
    })?;
    let directory = own_code.then(|| directory.display().to_string());
    let (schema, file, crate_dir) = (SCHEMA, shown.to_string(), directory.clone());
    let document = InitDocument { schema, file, crate_dir, pool: None, clients: None };
    let own = directory.map(|path| format!(", and the trigger's crate {path}")).unwrap_or_default();
    let said = format!(
        "Wrote {shown}, in which every key is explained{own}. Try it with `pretoken up --local`.\n"
    );
    ui.result(&document, &said);
    Ok(None)
}

async fn from_pool(ui: &Rc<Ui>, global: &Global, pool: &str, args: &InitArgs) -> Outcome {
    let file = global.file.display();
    if global.file.exists() {
        return Err(taken(&global.file.display()));
    }
    let InitArgs { twin, client, own_code, .. } = args;
    let (id, region) = pool_id(pool)?;
    let region = Destination { region: Some(region), ..Destination::default() };
    let connection = connect(ui, &global.place(), region).await?;
    let live = described(&connection.cloud, &id, client, *twin).await?;
    let wanted = Description { own_code: *own_code, twin: *twin };
    let text = deploy_toml(&live, &connection.target.region, wanted);
    config::parse(&text, &file.to_string(), None)
        .map_err(|error| Failure::from(error).context("cannot describe this pool"))?;
    ui.writer.new_file(&global.file, &text).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return taken(&file);
        }
        Failure::new(Exit::Failed, Code::CannotWrite, error)
            .context(format!("cannot write `{file}`"))
    })?;
    let directory = scaffold::directory(&global.file);
    if *own_code && directory.symlink_metadata().is_err() {
        scaffold::write_crate(&directory).map_err(|error| {
            let context = format!("cannot write the trigger's crate `{}`", directory.display());
            Failure::new(Exit::Failed, Code::CannotWrite, error).context(context)
        })?;
    }
    let document = InitDocument {
        schema: SCHEMA,
        file: file.to_string(),
        crate_dir: own_code.then(|| directory.display().to_string()),
        pool: Some(&live.id),
        clients: Some(live.clients.len()),
    };
    let said = format!(
        "Wrote {file} for the pool {} (clients: {}). Say what its tokens are to hold in `[[rules]]`, then run `pretoken plan`.\n",
        live.id,
        live.clients.len()
    );
    ui.result(&document, &said);
    Ok(None)
}

fn taken(file: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        Exit::Refused,
        Code::FileExists,
        anyhow::anyhow!("`{file}` exists, and is not overwritten"),
    )
    .hint("name another file with --file")
}
