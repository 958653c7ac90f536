//! Reads the APIs that `deploy.toml` names, and says everything that is wrong with their documents at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::documents::{Documents, PlacedProblem};
use super::operation::Api;
use super::operations::{is_api_gateway, operations, schemes, server};
use super::schemes::{Described, Likeness, describe};
use super::served::{Served, ServedApi};
use super::tree::YamlNode;
use crate::codes::Code;
use crate::config::{ApiSettings, Loaded, Needs, Placed, Problem, Problems, Span, refused_url};
use crate::model::nearest;
use crate::model::{ClientKey, Ids};

/// The APIs of a configuration. Without any, no file is read; those of API Gateway are read once it is known what is `served`.
pub fn read(loaded: &Loaded, ids: &Ids, served: &Served) -> Result<Vec<Api>, Vec<Problems>> {
    let (mut apis, mut faults) = (vec![], vec![]);
    for (key, settings) in &loaded.config.apis {
        let served = served.get(key);
        if settings.openapi.is_none() && served.is_none() {
            continue;
        }
        let place = loaded.place.at("apis").at(key);
        let wanted = Wanted { key, settings, served, place, loaded, ids };
        match wanted.read() {
            Ok(api) => apis.push(api),
            Err(fault) => faults.extend(fault),
        }
    }
    if faults.is_empty() { Ok(apis) } else { Err(grouped(faults)) }
}

/// What is wrong, file by file.
pub(crate) fn grouped(faults: Vec<PlacedProblem>) -> Vec<Problems> {
    let mut files: Vec<(_, Vec<Problem>)> = vec![];
    for (source, problem) in faults {
        match files.iter_mut().find(|(known, _)| *known == source) {
            Some((_, problems)) if problems.contains(&problem) => {}
            Some((_, problems)) => problems.push(problem),
            None => files.push((source, vec![problem])),
        }
    }
    files.into_iter().map(|(source, problems)| Problems::new(source, problems)).collect()
}

/// The ids that the file itself names: those of what it adopts.
#[must_use]
pub fn adopted_ids(loaded: &Loaded) -> Ids {
    let pools = &loaded.config.pools;
    let clients = pools.iter().flat_map(|(key, pool)| {
        let id = |(client, settings): (&String, &crate::config::Client)| {
            Some((ClientKey::new(key, client), settings.id.clone()?))
        };
        pool.clients.iter().filter_map(id).collect::<Vec<_>>()
    });
    let id = |(key, pool): (&String, &crate::config::Pool)| {
        Some((key.clone(), pool.pool_id()?.to_owned()))
    };
    Ids { pools: pools.iter().filter_map(id).collect(), clients: clients.collect() }
}

struct Wanted<'a> {
    key: &'a str,
    settings: &'a ApiSettings,
    served: Option<&'a ServedApi>,
    place: &'a Placed,
    loaded: &'a Loaded,
    ids: &'a Ids,
}

impl Wanted<'_> {
    fn read(&self) -> Result<Api, Vec<PlacedProblem>> {
        let mut documents = Documents::default();
        let root = match (self.served, &self.settings.openapi) {
            (Some(served), _) => documents.given(&served.place, &served.text),
            (None, path) => documents.read(path.as_deref().unwrap_or(Path::new(""))),
        };
        let root = root.map_err(|(source, problem)| {
            // What cannot be read at all is said where it is named.
            let named = problem.span.is_none() && source.text.is_empty();
            vec![if named {
                self.here(Problem::error(Code::ApiInvalid, self.at(), problem.message))
            } else {
                (source, problem)
            }]
        })?;
        self.is_openapi(&documents, &root).map_err(|fault| vec![fault])?;
        let schemes = schemes(&mut documents, &root).map_err(|fault| vec![fault])?;
        let pool = self.settings.pool.as_ref().or_else(|| self.loaded.config.pools.keys().next());
        let pool = pool.cloned().unwrap_or_default();
        let pool_id = self.ids.pools.get(&pool).map(String::as_str);
        let described: Vec<_> =
            schemes.iter().map(|(entry, node)| describe(&entry.key, node, pool_id)).collect();
        let ours = self.ours(&documents, &root, &described)?;
        let operations = operations(&mut documents, &root, &ours).map_err(|fault| vec![fault])?;
        let of_gateway = self.served.is_some() || is_api_gateway(&root);
        let default = if of_gateway { Needs::Any } else { Needs::All };
        let server = server(&root).filter(|url| refused_url(url).is_none());
        let url = self.settings.url.clone().or(server);
        Ok(Api {
            name: self.key.to_owned(),
            pool,
            needs: self.settings.scopes.unwrap_or(default),
            url: url.map(|url| url.trim_end_matches('/').to_owned()),
            operations,
            strict: self.settings.strict,
            is_served: self.served.is_some(),
            schemes: ours.into_values().map(|one| one.scheme).collect(),
            sources: documents.sources(),
        })
    }

    fn is_openapi(&self, documents: &Documents, root: &YamlNode) -> Result<(), PlacedProblem> {
        // YAML reads `swagger: 2.0` as a number, and people write it so.
        let version = root.get("openapi").or_else(|| root.get("swagger"));
        let known = |text: &str| text.starts_with("3.") || text.starts_with("2.0") || text == "2";
        match version {
            Some(version) if version.text().is_some_and(known) => Ok(()),
            Some(version) => {
                let (source, problem) =
                    documents.fault(version, "this version of OpenAPI is not known");
                Err((source, problem.help("known are 3.x, and Swagger 2.0")))
            }
            None => {
                let problem =
                    Problem::error(Code::ApiInvalid, self.at(), "this is no OpenAPI document");
                let help = "it has neither `openapi` nor `swagger` at its top; of a template, name the document in it";
                Err(self.here(problem.help(help)))
            }
        }
    }

    /// The schemes that stand for the pool: those that were named; else those that surely do; else the only one that may.
    fn ours(
        &self,
        documents: &Documents,
        root: &YamlNode,
        described: &[Described],
    ) -> Result<BTreeMap<String, Described>, Vec<PlacedProblem>> {
        let by_name = |some: Vec<&Described>| {
            some.into_iter().map(|one| (one.scheme.name.clone(), one.clone())).collect()
        };
        let names = &self.settings.security_schemes;
        if !names.is_empty() {
            let unknown = names.iter().enumerate().filter_map(|(index, name)| {
                let known = described.iter().map(|one| one.scheme.name.as_str());
                if known.clone().any(|one| one == name) {
                    return None;
                }
                let at = self.place.at("security_schemes").item(index).value();
                let problem = Problem::error(
                    Code::ApiScheme,
                    at,
                    format!("the document has no security scheme `{name}`"),
                );
                Some(self.here(problem.meant(nearest(name, known))))
            });
            let unknown: Vec<_> = unknown.collect();
            let wanted = described.iter().filter(|one| names.contains(&one.scheme.name)).collect();
            return if unknown.is_empty() { Ok(by_name(wanted)) } else { Err(unknown) };
        }
        let like = |likeness| -> Vec<&Described> {
            described.iter().filter(|one| one.likeness == likeness).collect()
        };
        let (sure, possible) = (like(Likeness::Sure), like(Likeness::Possible));
        match (sure.as_slice(), possible.as_slice()) {
            ([_, ..], _) => Ok(by_name(sure)),
            ([], [_]) => Ok(by_name(possible)),
            ([], [_, _, ..]) => {
                let names: Vec<_> = possible.iter().map(|one| one.scheme.name.as_str()).collect();
                let message = format!(
                    "it is not known which of the document's security schemes takes tokens of the pool: `{}`",
                    names.join("`, `")
                );
                let help = format!("name it: `security_schemes = [\"{}\"]`", names[0]);
                Err(vec![
                    self.here(
                        Problem::error(Code::ApiScheme, self.place.key(), message).help(help),
                    ),
                ])
            }
            ([], []) => self.none_is_ours(documents, root, described),
        }
    }

    /// No scheme stands for the pool: an API of another pool, or one that is open.
    fn none_is_ours(
        &self,
        documents: &Documents,
        root: &YamlNode,
        described: &[Described],
    ) -> Result<BTreeMap<String, Described>, Vec<PlacedProblem>> {
        let strangers = described.iter().filter_map(|one| one.stranger.as_ref());
        let strangers: Vec<_> = strangers
            .map(|(id, at)| {
                let problem = Problem::error(Code::ApiOtherPool, at.span.clone(), format!("this is another pool: `{id}`"));
                let help = "name this stack's pool here, or the schemes that stand for it in `security_schemes`";
                (documents.source(at.file), problem.help(help))
            })
            .collect();
        if !strangers.is_empty() {
            return Err(strangers);
        }
        if described.is_empty() && root.get("security").is_none() {
            return Ok(BTreeMap::new());
        }
        let message = format!("no security scheme of `{}` takes tokens of a user pool", self.key);
        let problem = Problem::error(Code::ApiScheme, self.at(), message);
        Err(vec![self.here(problem.help("name those that do in `security_schemes`"))])
    }

    /// Where `deploy.toml` names it.
    fn at(&self) -> Span {
        let key = if self.served.is_some() { "api_gateway" } else { "openapi" };
        self.place.at(key).value()
    }

    /// A problem of `deploy.toml`.
    fn here(&self, problem: Problem) -> PlacedProblem {
        (Arc::clone(&self.loaded.source), problem)
    }
}
