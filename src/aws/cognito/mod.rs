//! User pools and what is in them.

pub mod app_client_document;
pub mod app_clients;
pub mod document;
pub mod domains;
pub mod identity_providers;
pub mod lossless_update;
pub mod pool_document;
mod pool_sections;
mod pool_update;
pub mod pools;
pub mod raw_body;
pub mod resource_servers_and_groups;
pub mod section_document;
pub mod seeds;
mod sign_in;
pub mod token_endpoint;
pub mod users;
