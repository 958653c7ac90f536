//! The browser of whoever sits at this machine. It gets the address, what a desktop needs, and no credentials.

use std::process::Stdio;

use super::child::is_allowed;

/// Where a desktop is.
const DESKTOP: [&str; 6] = [
    "BROWSER",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "WSL_INTEROP",
    "XAUTHORITY",
];

/// Opens an address, if somebody can see it: not on a machine without a screen.
pub fn open(address: &str) {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_screen = cfg!(any(windows, target_os = "macos"))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_INTEROP"].iter().any(|name| has(name));
    if !has_screen {
        return;
    }
    let needed = || {
        std::env::vars_os()
            .filter(|(name, _)| is_allowed(name) || DESKTOP.iter().any(|wanted| name == wanted))
    };
    // The first program that there is; what it makes of the address is the desktop's business.
    let _ = ::open::commands(address).into_iter().find_map(|mut command| {
        command.env_clear().envs(needed());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().ok()
    });
}
