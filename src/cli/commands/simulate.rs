//! `simulate`: the rules on an event, offline, and beside the live version if that is asked for.

use std::path::Path;
use std::rc::Rc;

use serde_json::{Value, json};
use trigger::{Handler, Ids};

use crate::cli::args::{Global, SimulateArgs};
use crate::cli::known::known;
use crate::cli::prompt;
use crate::cli::ui::Ui;
use crate::cloud::{Invocation, Invoke as _, Read as _};
use crate::config::{Loaded, TriggerSource};
use crate::failure::{Exit, Failure, Outcome};
use crate::model::{ALIAS, ClientKey};
use crate::ops::connection::connect_for;
use crate::ops::verify::deployed;
use crate::system::text_file;
use crate::time::Clock;
use crate::tokens::persona::Persona;
use crate::tokens::promises::broken_promises;
use crate::tokens::simulate::{Simulation, ids, parse, sample, simulate};

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
    let simulation = event.through(known, ids)?;
    let mut document = json!(simulation);
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
        document["expectations"] =
            names.iter().map(|name| json!({ "name": name, "ok": true })).collect();
        let count = names.len();
        text += &format!("{count} promise{} kept\n", if count == 1 { "" } else { "s" });
    }
    ui.result(&document, &text);
    Ok(None)
}

/// An event, and the ids that it stands on.
struct Given {
    text: String,
    value: Value,
    /// The event's own client and pool, when the flags say which ones they are.
    named: Option<ClientKey>,
}

impl Given {
    fn through(&self, known: &Loaded, mut ids: Ids) -> Result<Simulation, Failure> {
        if let Some(at) = &self.named {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            if let Some(pool) = text(&self.value["userPoolId"]) {
                ids.pools.insert(pool, at.pool.clone());
            }
            if let Some(client) = text(&self.value["callerContext"]["clientId"]) {
                ids.clients.insert(client, at.to_string());
            }
        }
        let handler = Handler { rules: known.rules.clone(), ids };
        simulate(&handler, &self.text, Clock::system().now())
            .map_err(|fault| Failure::new(Exit::Usage, anyhow::anyhow!(fault.detail())))
    }
}

/// The event of the file, or one for the subject that the flags describe.
async fn event(ui: &Ui, known: &Loaded, args: &SimulateArgs, ids: &Ids) -> Result<Given, Failure> {
    if let Some(path) = &args.event {
        let text = read(ui, path).await?;
        let value = parse(&text).map_err(|error| {
            Failure::new(Exit::Usage, error).context(format!("`{}` is no event", path.display()))
        })?;
        is_decided(&value).map_err(|failure| {
            failure.context(format!("`{}` is no event that rules can change", path.display()))
        })?;
        let named = args.client.is_some().then(|| client(known, args)).transpose()?;
        return Ok(Given { text, value, named });
    }
    let who = Persona {
        name: String::new(),
        at: client(known, args)?,
        groups: args.group.clone(),
        attributes: args.attribute.iter().cloned().collect(),
        client_metadata: args.metadata.iter().cloned().collect(),
        source: args.sample.or(args.source).unwrap_or_default(),
        promise: None,
    };
    let hosted = ["openid".to_owned(), "email".to_owned()];
    let scopes = match (args.scope.as_slice(), args.sample) {
        ([], Some(TriggerSource::HostedAuth)) => Some(hosted.as_slice()),
        ([], _) => None,
        (scopes, _) => Some(scopes),
    };
    let value = sample(&known.config, ids, &who, scopes);
    Ok(Given { text: value.to_string(), value, named: None })
}

/// What would be simulated as if there were no rules is refused: an event of version 1, and one in a wrapper.
fn is_decided(event: &Value) -> Result<(), Failure> {
    if event["version"] == "1" || event["version"] == 1 {
        let error =
            anyhow::anyhow!("its version is 1 (V1_0), which the trigger returns as it came");
        return Err(Failure::new(Exit::Usage, error)
            .hint("take an event of V2_0 or V3_0: its `version` is \"2\" or \"3\""));
    }
    if event["event"].is_object() && event.get("triggerSource").is_none() {
        let error = anyhow::anyhow!("the event is wrapped in a member `event`");
        return Err(Failure::new(Exit::Usage, error).hint("give what is in `event` alone"));
    }
    Ok(())
}

async fn read(ui: &Ui, path: &Path) -> Result<String, Failure> {
    let file = (path != Path::new("-")).then(|| path.to_owned());
    let read = prompt::whole(&ui.signals, file).await.and_then(text_file::decode);
    read.map_err(|error| {
        Failure::new(Exit::Usage, error).context(format!("cannot read `{}`", path.display()))
    })
}

/// The client that the flags name, or the first one that fits them.
fn client(known: &Loaded, args: &SimulateArgs) -> Result<ClientKey, Failure> {
    let mut keys =
        known.config.pools.iter().flat_map(|(key, pool)| {
            pool.clients.keys().map(move |client| ClientKey::new(key, client))
        });
    let fits = |at: &ClientKey| {
        args.pool.as_ref().is_none_or(|pool| *pool == at.pool)
            && args
                .client
                .as_ref()
                .is_none_or(|client| *client == at.client || *client == at.to_string())
    };
    let known: Vec<_> = keys.by_ref().collect();
    known.iter().find(|at| fits(at)).cloned().ok_or_else(|| {
        let known: Vec<_> = known.iter().map(ToString::to_string).collect();
        Failure::new(Exit::Usage, anyhow::anyhow!("deploy.toml has no such client"))
            .hint(format!("it has {}", known.join(", ")))
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
    let actual = deployed(known, &connection).await?;
    let identity = connection.identity(&known.config);
    let function = &identity.stack.function_name();
    if connection.cloud.release(function).await?.is_none() {
        let error = anyhow::anyhow!("no version of {function} is live");
        return Err(Failure::new(Exit::Failed, error).hint("run `pretoken up` first"));
    }
    let told = actual.ids(&identity).for_trigger();
    let ids = Ids::from_json(&told).map_err(|error| Failure::new(Exit::Failed, error))?;
    let event = event(ui, known, args, &ids).await?;
    let simulation = event.through(known, ids)?;
    let live = match connection.cloud.invoke(function, ALIAS, &event.text).await? {
        Invocation::Answer(answer) => serde_json::from_str::<Value>(&answer).map_err(|error| {
            Failure::new(Exit::Failed, error).context("the live version answered no JSON")
        })?,
        Invocation::Fault(fault) => {
            let error = anyhow::anyhow!("{fault}");
            return Err(Failure::new(Exit::Unproven, error).context("the live version failed"));
        }
    };
    let same = live["response"] == simulation.response;
    let mut document = json!(simulation);
    document["deployed"] = json!({ "response": live["response"], "same": same });
    let verdict = if same {
        "The live version answers the same.\n".to_owned()
    } else {
        let (live, here) = (&live["response"], &simulation.response);
        format!("The live version answers something else:\n  live {live}\n  here {here}\n")
    };
    ui.result(&document, &format!("{}\n{verdict}", simulation.text()));
    Ok((!same).then_some(Exit::Unproven))
}
