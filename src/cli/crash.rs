//! A panic is a mistake of ours: it ends like every other failure, in a few words that cannot hold a secret.

use std::panic;
use std::sync::Mutex;

use crate::codes::Code;
use crate::failure::{Exit, Failure};

/// Where it happened.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the place instead of printing the message, which may hold anything.
pub fn watch() {
    panic::set_hook(Box::new(|panicked| {
        let place = panicked.location().map(ToString::to_string);
        if let Ok(mut last) = PLACE.lock() {
            *last = place;
        }
    }));
}

/// The failure that it is.
pub fn failure() -> Failure {
    let place = PLACE.lock().ok().and_then(|mut place| place.take());
    let place = place.unwrap_or_else(|| "an unknown place".to_owned());
    let error = anyhow::anyhow!("pretoken made a mistake and stopped, at {place}");
    Failure::new(Exit::Failed, Code::Internal, error)
        .hint("please report it; `pretoken plan` says what is left to do")
}
