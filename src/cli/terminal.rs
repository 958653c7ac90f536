//! The terminal's state before a password is asked for, so that it can be restored.

use std::io;
use std::sync::Mutex;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// How the terminal was before a password was asked for.
static TERMINAL: Mutex<Option<Termios>> = Mutex::new(None);

/// Before something about it is changed.
pub fn remember_terminal() {
    if let Ok(mut terminal) = TERMINAL.lock() {
        *terminal = tcgetattr(io::stdin()).ok();
    }
}

/// Gives the terminal back as it was.
pub fn leave_terminal() {
    let terminal = TERMINAL.lock().ok().and_then(|mut terminal| terminal.take());
    if let Some(terminal) = terminal {
        // There is nobody left to tell that it went away.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &terminal);
    }
}
