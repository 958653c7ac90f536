//! What the adapter sends to AWS, and how it reads each answer: every request as it goes over the wire.

mod budget;
mod clients;
mod deployed;
mod documents;
mod failures;
mod functions;
mod logs;
mod machine_to_machine;
#[path = "../support/open_gate.rs"]
mod open_gate;
mod paging;
mod pools;
mod releases;
mod replay;
mod roles;
mod second_factors;
mod sign_ins;
mod simulations;
mod tags;
mod users;
mod values;
mod ways_in;
