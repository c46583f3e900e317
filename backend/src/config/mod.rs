//! The configuration: a TOML file, then the environment and flags over it.

mod file;
mod load;
mod regions;

pub use file::{Config, LimitsConfig, OutboxConfig, RegionConfig};
pub use load::{ConfigError, Loaded, SecretsFromEnvironment, load, master_keys};
