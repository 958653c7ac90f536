//! `explore`: the matrix and the simulator as a page on this machine, which follows `deploy.toml`.

use std::cell::RefCell;
use std::io::IsTerminal as _;
use std::rc::Rc;
use std::time::Duration;

use crate::cli::args::{ExploreArgs, Global};
use crate::cli::known::keep_secret;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::dates::end;
use crate::ops::connection::connect_for;
use crate::ops::explore::{Explorer, Page, Question, Reading};
use crate::ops::simulate::{GivenEvent, LiveVersion};
use crate::ops::watch::WatchedFiles;
use crate::report::documents::UrlDocument;
use crate::report::html::{Exploration, Explored, Form, explore};
use crate::system::browser;
use crate::system::clock::Clock;
use crate::system::random::random_hex;
use crate::tokens::matrix::Matrix;
use crate::tokens::promise_text::promise_text;
use crate::tokens::simulate::ids;

/// Serves until a signal.
pub async fn run(ui: &Rc<Ui>, global: &Global, args: &ExploreArgs) -> Outcome {
    let explorer = Explorer::listen(args.port).await?;
    let reading = RefCell::new(read(ui, global, &Reading::default()));
    let address = explorer.address();
    let text =
        format!("{address}\nWhoever knows this address can read the page. Ctrl-C ends it.\n");
    ui.result(&UrlDocument { schema: "pretoken/explore/v1", url: &address }, &text);
    if !args.no_browser && std::io::stderr().is_terminal() {
        browser::open(&address);
    }
    let page = async |question: Question| {
        // What is shown is what the file says now, whatever is read meanwhile.
        let reading = reading.borrow().clone();
        page(ui, global, explorer.version(), &reading, &question).await
    };
    tokio::select! {
        biased;
        _ = ui.signals.first() => Ok(ui.signal()),
        () = explorer.serve(page) => Ok(None),
        () = follow(ui, global, &explorer, &reading) => Ok(None),
    }
}

fn read(ui: &Ui, global: &Global, before: &Reading) -> Reading {
    let selection = global.selection().only_to_check();
    let next = before.next(&global.file, &selection, Clock::system().now());
    next.loaded.iter().for_each(|loaded| keep_secret(ui, loaded));
    next
}

/// Reads what is edited.
async fn follow(ui: &Ui, global: &Global, explorer: &Explorer, reading: &RefCell<Reading>) {
    let first = reading.borrow().loaded.clone();
    let mut files = WatchedFiles::of(&global.file, first.as_ref().map(|loaded| &loaded.config));
    loop {
        files.changed().await;
        let next = read(ui, global, &reading.borrow());
        if let Some(loaded) = &next.loaded {
            files.follow(&global.file, &loaded.config);
        }
        reading.replace(next);
        explorer.changed();
    }
}

async fn page(
    ui: &Rc<Ui>,
    global: &Global,
    version: u64,
    reading: &Reading,
    question: &Question,
) -> Result<Page, Failure> {
    let now = Clock::system().now();
    let nonce = random_hex(16);
    let matrix = reading.loaded.as_ref().map(|it| Matrix::of(&it.config, &it.rules, now));
    let explored = match (&reading.loaded, &matrix) {
        (Some(loaded), Some(matrix)) => {
            explored(ui, global, loaded, &matrix.columns, question, now).await
        }
        _ => Err(String::new()),
    };
    let Question { client, groups, attributes, metadata, scopes, source, time, live } = question;
    let exploration = Exploration {
        file: &global.file.display().to_string(),
        version,
        loaded: reading.loaded.as_deref(),
        error: reading.error.clone(),
        hints: &reading.hints,
        form: Form { client, groups, attributes, metadata, scopes, source, time, live: *live },
        explored,
        now: end(Duration::ZERO, now),
        matrix: matrix.as_ref(),
        nonce: &nonce,
    };
    let html = explore(exploration).map_err(|error| {
        Failure::new(Exit::Failed, Code::Internal, error).context("cannot fill in the page")
    })?;
    Ok(Page { html: ui.writer.without_secrets(&html), nonce })
}

/// What the tokens of the subject are, or what cannot be understood.
async fn explored(
    ui: &Rc<Ui>,
    global: &Global,
    loaded: &Loaded,
    scopes: &[String],
    question: &Question,
    now: i64,
) -> Result<Explored, String> {
    let told = |failure: Failure| format!("{:#}", failure.error);
    let recipient = question.recipient()?;
    let time = question.time(now)?;
    let ids = ids(&loaded.config);
    let who = recipient.persona(loaded).map_err(told)?;
    let event = GivenEvent::sample(loaded, &ids, &recipient).map_err(told)?;
    let simulation = event.simulated(loaded, ids, time).map_err(told)?;
    let promise = promise_text(&loaded.config, &who, &simulation, scopes);
    let live = async || {
        let connection = connect_for(ui, &global.place(), &loaded.config).await?;
        let live = LiveVersion::of(loaded, &connection).await?;
        let event = GivenEvent::sample(loaded, &live.ids, &recipient)?;
        // Both at this moment: the live version has no other clock.
        let here = event.simulated(loaded, live.ids.clone(), now)?.answer();
        Ok::<bool, Failure>(live.answer(&event).await? == here)
    };
    let live = if question.live { Some(live().await.map_err(told)) } else { None };
    Ok(Explored { simulation, promise, live })
}
