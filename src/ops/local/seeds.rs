//! Seeds: made, repaired when the file says otherwise, removed when it no longer has them.

use std::cell::RefCell;
use std::rc::Rc;

use crate::cloud::{NewUser, Read, Secret, Seeding, SignIn};
use crate::codes::Code;
use crate::config::{Config, Loaded, Password, Seed, Variable};
use crate::failure::{Exit, Failure};
use crate::local::{Dirs, Running, SeedSecrets, Seeds, status};
use crate::model::{ClientKey, Flow, Ids};
use crate::ops::connection::{Connection, connect_for};
use crate::ops::options::Place;
use crate::reconcile::actual::Actual;
use crate::reconcile::observe::For;
use crate::tokens::flows;
use crate::user::User;
use crate::verify::challenge::{Attempt, Person, SignInEnd};
use crate::verify::{password, totp};

/// A user that is there. It has no `Debug`.
#[derive(Clone)]
pub struct Seeded {
    /// Key of its pool.
    pub pool: String,
    /// The name that it signs in with.
    pub username: String,
    /// Its password, and what makes its one-time codes.
    pub secrets: SeedSecrets,
}

/// Refuses seeds where nobody could be told what is made, before anything is done.
pub fn check(config: &Config, is_local: bool) -> Result<(), Failure> {
    if is_local {
        return Ok(());
    }
    let refused = |what: &str, hint: &str| {
        Err(Failure::new(Exit::Usage, Code::SeedUntold, anyhow::anyhow!(what.to_owned()))
            .hint(hint))
    };
    for Seed { username, password, totp, .. } in &config.seed {
        if password.is_none() {
            let what = format!(
                "the seed {username} has no `password`, and one that is made would be told to nobody"
            );
            return refused(&what, "give it one, or `password = { env = \"NAME\" }`");
        }
        if *totp {
            let what =
                format!("the seed {username} has `totp`, whose secret would be told to nobody");
            return refused(&what, "one-time codes of seeds are for the local emulator");
        }
    }
    Ok(())
}

/// Those of a stack that was just deployed there.
pub async fn after_up<U: User + 'static>(
    user: &Rc<U>,
    known: &Loaded,
    place: &Place,
) -> Result<Vec<Seeded>, Failure> {
    if known.config.seed.is_empty() && !place.local {
        return Ok(vec![]);
    }
    let running = if place.local { status(&Dirs::from_env()?).await? } else { None };
    let connection = connect_for(user, place, &known.config).await?;
    seed(known, &connection, running.as_ref(), &**user).await
}

/// Makes them as the file says. `running` is the emulator that they are in, which keeps what is made.
pub async fn seed<C: Read + Seeding, U: User>(
    known: &Loaded,
    connection: &Connection<C>,
    running: Option<&Running>,
    user: &U,
) -> Result<Vec<Seeded>, Failure> {
    let config = &known.config;
    if config.seed.is_empty() && running.is_none() {
        return Ok(vec![]);
    }
    let mut kept = running.map(Seeds::read).transpose()?.unwrap_or_default();
    let actual = connection.observe(config, For::Converging).await?;
    let ids = actual.ids(&connection.identity(config));
    let seeding = Planting { connection, actual: &actual, ids: &ids, user };
    for (key, id) in &ids.pools {
        let stays = |name: &String| {
            config.seed.iter().any(|seed| config.pool_of(seed) == key && seed.username == *name)
        };
        for username in kept.usernames(id).iter().filter(|name| !stays(name)) {
            connection.cloud.delete_user(id, username).await?;
            kept.remove(id, username);
        }
    }
    let mut seeded = vec![];
    for seed in &config.seed {
        let pool = config.pool_of(seed).to_owned();
        let id = &ids.pools[&pool];
        let secrets = seeding.one(seed, &pool, kept.get(id, &seed.username)).await?;
        kept.set(id, &seed.username, secrets.clone());
        seeded.push(Seeded { pool, username: seed.username.clone(), secrets });
    }
    if let Some(running) = running {
        kept.write(running)?;
    }
    Ok(seeded)
}

/// Those that are there, as they were made.
pub fn kept(config: &Config, ids: &Ids, running: &Running) -> Result<Vec<Seeded>, Failure> {
    let kept = Seeds::read(running)?;
    let seeded = config.seed.iter().filter_map(|seed| {
        let pool = config.pool_of(seed).to_owned();
        let secrets = kept.get(ids.pools.get(&pool)?, &seed.username)?.clone();
        Some(Seeded { pool, username: seed.username.clone(), secrets })
    });
    Ok(seeded.collect())
}

/// The seed of this name, as `local exec` tells it to its command.
#[must_use]
pub fn of_environment(username: &str) -> Option<SeedSecrets> {
    let variable = |name: String| std::env::var(name).ok();
    let mut seed = (1..).map_while(|n| Some((n, variable(format!("PRETOKEN_SEED_{n}_USERNAME"))?)));
    let (n, _) = seed.find(|(_, name)| name == username)?;
    Some(SeedSecrets {
        password: variable(format!("PRETOKEN_SEED_{n}_PASSWORD"))?,
        totp: variable(format!("PRETOKEN_SEED_{n}_TOTP")),
    })
}

struct Planting<'a, C, U> {
    connection: &'a Connection<C>,
    actual: &'a Actual,
    ids: &'a Ids,
    user: &'a U,
}

impl<C: Seeding, U: User> Planting<'_, C, U> {
    async fn one(
        &self,
        seed: &Seed,
        pool: &str,
        kept: Option<&SeedSecrets>,
    ) -> Result<SeedSecrets, Failure> {
        let (cloud, pool_id) = (&self.connection.cloud, &self.ids.pools[pool]);
        let mut secrets = kept.cloned().unwrap_or_default();
        secrets.password = match &seed.password {
            Some(Password::Text(text)) => text.clone(),
            Some(Password::Variable(Variable { value: Some(value), .. })) => value.clone(),
            Some(Password::Variable(variable)) => given(&variable.env, &seed.username)?,
            None if secrets.password.is_empty() => {
                password(cloud.user_rules(pool_id).await?.password_length)
            }
            None => secrets.password,
        };
        self.user.secret(&secrets.password);
        let wanted = NewUser {
            username: seed.username.clone(),
            attributes: attributes(seed),
            groups: seed.groups.clone(),
            password: secrets.password.clone(),
        };
        self.user.detail(&format!("seed {}", seed.username));
        let failed =
            |error| Failure::from(error).context(format!("cannot make the seed {}", seed.username));
        match cloud.user(pool_id, &seed.username).await? {
            None => {
                secrets.totp = None;
                cloud.create_user(pool_id, &wanted).await.map_err(failed)?;
            }
            Some(existing) => {
                cloud.repair_user(pool_id, &existing, &wanted).await.map_err(failed)?;
            }
        }
        if seed.totp && secrets.totp.is_none() {
            let secret = self.enrolled(pool, &seed.username, &secrets.password).await?;
            self.user.secret(&secret);
            secrets.totp = Some(secret);
        }
        Ok(secrets)
    }

    /// Signs in once, and sets one-time codes up; returns the secret that makes them.
    async fn enrolled(
        &self,
        pool: &str,
        username: &str,
        password: &str,
    ) -> Result<String, Failure> {
        let (cloud, clock) = (&self.connection.cloud, self.connection.clock);
        let Some((at, flow)) = self.client(pool) else {
            let error = anyhow::anyhow!(
                "no client of the pool {pool} lets {username} in by a password, to set up one-time codes"
            );
            return Err(Failure::new(Exit::Failed, Code::NoWayIn, error).hint(
                "add user-password, admin-user-password or user-srp to the `auth_flows` of one",
            ));
        };
        let (pool_id, client_id) = (&self.ids.pools[pool], &self.ids.clients[at]);
        let secret = match cloud.app_client(pool_id, client_id).await?.secret {
            Secret::Known(secret) => Some(secret),
            _ => None,
        };
        let cell = &RefCell::default();
        // Of a user that is new, and ours: the pool may ask it to set codes up, and it does.
        let person = Person { username, password, is_temporary: true, totp: cell };
        let sign_in = SignIn::new(pool_id, client_id, flow);
        let ways = (cloud, self.user, clock);
        let tokens = match Attempt::new(ways, sign_in, secret.as_ref(), &person).run().await? {
            SignInEnd::In(tokens) => tokens,
            SignInEnd::Stuck(reason) => {
                return Err(Failure::new(
                    Exit::Failed,
                    Code::SignInFailed,
                    anyhow::anyhow!(reason),
                ));
            }
        };
        if let Some(secret) = cell.borrow().clone() {
            return Ok(secret);
        }
        let secret = cloud.new_totp_secret(&tokens.access).await?;
        let step = totp::step(clock.now() + cloud.clock_ahead());
        let code = totp::code(&secret, step).unwrap_or_default();
        cloud.require_totp(&tokens.access, &code).await?;
        Ok(secret)
    }

    /// A client of the pool that lets users in by a password, and the flow.
    fn client(&self, pool: &str) -> Option<(&ClientKey, Flow)> {
        let flows = self.actual.flows(self.ids);
        let mut of_pool = self.ids.clients.keys().filter(|at| at.pool == pool);
        of_pool.find_map(|at| Some((at, *flows::with_password(flows.get(at)?).first()?)))
    }
}

/// An address that a seed has needs no proof of its own, so that its password can be forgotten.
fn attributes(seed: &Seed) -> Vec<(String, String)> {
    let mut attributes = seed.attributes.clone();
    for (address, verified) in
        [("email", "email_verified"), ("phone_number", "phone_number_verified")]
    {
        if attributes.contains_key(address) {
            attributes.entry(verified.to_owned()).or_insert("true".to_owned());
        }
    }
    attributes.into_iter().collect()
}

/// A password that a variable has.
fn given(variable: &str, username: &str) -> Result<String, Failure> {
    std::env::var(variable).ok().filter(|value| !value.is_empty()).ok_or_else(|| {
        let error = anyhow::anyhow!(
            "the password of the seed {username} is in {variable}, which is not set"
        );
        Failure::new(Exit::Usage, Code::VariableNotSet, error)
            .hint("set it, or leave `password` out: then one is made")
    })
}
