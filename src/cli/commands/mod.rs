//! One file a command: flags in, one operation, a document and a text out.

pub mod build;
pub mod check;
pub mod completions;
pub mod destroy;
pub mod doctor;
pub mod explain;
pub mod explore;
pub mod export;
pub mod fleet;
pub mod init;
pub mod local;
pub mod local_run;
pub mod logs;
pub mod man;
pub mod permissions;
pub mod plan;
pub mod pool;
pub mod promote;
pub mod rollback;
pub mod schema;
pub mod simulate;
pub mod status;
pub mod sweep;
pub mod token;
pub mod up;
pub mod verify;
