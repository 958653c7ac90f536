//! `simulate`: the rules on an event, offline, and beside the live version if that is asked for.

use std::path::Path;
use std::rc::Rc;

use trigger::Ids;

use crate::cli::args::{Global, SimulateArgs};
use crate::cli::known::known;
use crate::cli::prompt;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::config::{Loaded, TriggerSource};
use crate::failure::{Exit, Failure, Outcome};
use crate::model::counted;
use crate::ops::connection::connect_for;
use crate::ops::simulate::{GivenEvent, LiveVersion, Recipient};
use crate::report::documents::{DeployedAnswer, KeptPromise, SimulateDocument};
use crate::system::clock::Clock;
use crate::system::text_file;
use crate::tokens::promises::broken_promises;
use crate::tokens::simulate::ids;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &SimulateArgs) -> Outcome {
    let known = &known(ui, global)?;
    if args.deployed {
        return beside_the_live_version(ui, global, known, args).await;
    }
    let ids = ids(&known.config);
    let event = event(ui, known, args, &ids).await?;
    if args.sample.is_some() {
        ui.result(&event.value, &format!("{:#}\n", event.value));
        return Ok(None);
    }
    let simulation = event.simulated(known, ids, Clock::system().now())?;
    let mut document =
        SimulateDocument { simulation: &simulation, deployed: None, expectations: None };
    let mut text = if args.expect && !args.describes() { String::new() } else { simulation.text() };
    if args.expect {
        let promises = broken_promises(known, Clock::system().now());
        if !promises.is_empty() {
            return Err(Failure::unkept(&promises));
        }
        let names: Vec<_> = known.config.expect.iter().map(|one| &one.name).collect();
        for name in &names {
            text += &format!("kept: {name}\n");
        }
        let kept = names.iter().map(|name| KeptPromise { name: name.as_str(), ok: true });
        document.expectations = Some(kept.collect());
        text += &format!("{} kept\n", counted(names.len(), "promise"));
    }
    ui.result(&document, &text);
    Ok(None)
}

/// The event of the file, or one for the subject that the flags describe.
async fn event(
    ui: &Ui,
    known: &Loaded,
    args: &SimulateArgs,
    ids: &Ids,
) -> Result<GivenEvent, Failure> {
    let recipient = recipient(args);
    match &args.event {
        Some(path) => {
            let text = read(ui, path).await?;
            GivenEvent::written(text, &path.display().to_string(), known, &recipient)
        }
        None => GivenEvent::sample(known, ids, &recipient),
    }
}

fn recipient(args: &SimulateArgs) -> Recipient {
    let hosted = args.sample == Some(TriggerSource::HostedAuth) && args.scope.is_empty();
    let usual = || vec!["openid".to_owned(), "email".to_owned()];
    Recipient {
        pool: args.pool.clone(),
        client: args.client.clone(),
        groups: args.group.clone(),
        attributes: args.attribute.iter().cloned().collect(),
        client_metadata: args.metadata.iter().cloned().collect(),
        facts: args.fact.clone(),
        scopes: if hosted { usual() } else { args.scope.clone() },
        source: args.sample.or(args.source).unwrap_or_default(),
    }
}

async fn read(ui: &Ui, path: &Path) -> Result<String, Failure> {
    let file = (path != Path::new("-")).then(|| path.to_owned());
    let read = prompt::whole(&ui.signals, file).await.and_then(text_file::decode);
    read.map_err(|error| {
        Failure::new(Exit::Usage, Code::InputUnreadable, error)
            .context(format!("cannot read `{}`", path.display()))
    })
}

/// The same event here and there: what differs is exit code 7.
async fn beside_the_live_version(
    ui: &Rc<Ui>,
    global: &Global,
    known: &Loaded,
    args: &SimulateArgs,
) -> Outcome {
    let connection = connect_for(ui, &global.place(), &known.config).await?;
    let live = LiveVersion::of(known, &connection).await?;
    let event = event(ui, known, args, &live.ids).await?;
    let simulation = event.simulated(known, live.ids.clone(), Clock::system().now())?;
    let (there, here) = (live.answer(&event).await?, simulation.answer());
    let same = there == here;
    let verdict = if same {
        "The live version answers the same.\n".to_owned()
    } else {
        format!("The live version answers something else:\n  live {there}\n  here {here}\n")
    };
    let deployed = Some(DeployedAnswer { response: &there, same });
    let document = SimulateDocument { simulation: &simulation, deployed, expectations: None };
    ui.result(&document, &format!("{}\n{verdict}", simulation.text()));
    Ok((!same).then_some(Exit::Unproven))
}
