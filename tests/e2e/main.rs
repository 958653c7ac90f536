//! End to end: the real binary, a real `bootstrap`, a real emulator process behind the strict layer.

mod adopt;
mod any_pool;
mod backup;
#[path = "../support/binary.rs"]
#[expect(dead_code, reason = "here a project has an account, too")]
mod binary;
#[path = "../clients/mod.rs"]
mod clients;
mod discover;
mod doctor;
mod drift;
mod elsewhere;
mod expiry;
mod explored;
mod exported;
mod facts;
mod fleet;
mod from_pool;
mod interrupted;
mod life;
mod local;
mod local_clients;
mod local_exec;
mod local_serve;
mod local_steps;
mod logs;
mod lossless;
mod machine_to_machine;
mod managed_elsewhere;
#[path = "../support/open_gate.rs"]
mod open_gate;
mod paced;
mod package;
mod pipeline;
mod profile;
#[path = "../support/random.rs"]
#[expect(dead_code, reason = "words are for rules")]
mod random;
mod refusals;
mod release;
mod remembered;
mod saved;
mod second_opinion;
#[path = "../support/stack.rs"]
mod stack;
mod stages;
#[path = "../strict/mod.rs"]
#[expect(dead_code, reason = "the layer's own tests use the rest of it")]
mod strict;
mod test_user;
mod tokens;
mod ways_in;
mod whole;
