//! Where a pool's public keys and its token endpoint are.

/// Where a pool's keys are and how it names itself.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Region of the pools.
    pub region: String,
    /// `amazonaws.com`, or that of the partition.
    pub domain: String,
    /// A custom endpoint, without a slash at the end.
    pub endpoint: Option<String>,
    /// A JWKS address that overrides the usual one; `{pool}` stands for the pool's id.
    pub jwks_url: Option<String>,
}

impl Authority {
    /// Where the public keys of a pool are.
    #[must_use]
    pub fn jwks_url(&self, pool_id: &str) -> String {
        match &self.jwks_url {
            Some(url) => url.replace("{pool}", pool_id),
            None => format!("{}/{pool_id}/.well-known/jwks.json", self.base()),
        }
    }

    /// The issuers that a token of this pool may name: the usual one, that of pools with an updated issuer
    /// (`IssuerConfiguration`), and a custom endpoint's own.
    #[must_use]
    pub fn issuers(&self, pool_id: &str) -> Vec<String> {
        let Self { region, domain, .. } = self;
        let mut issuers = vec![
            format!("https://cognito-idp.{region}.{domain}/{pool_id}"),
            format!("https://issuer-cognito-idp.{region}.{domain}/{pool_id}"),
        ];
        issuers.extend(self.endpoint.iter().map(|endpoint| format!("{endpoint}/{pool_id}")));
        issuers
    }

    /// The token endpoint of a pool with this domain: AWS's own (a prefix) or the user's ("Token endpoint", Cognito
    /// Developer Guide). A custom endpoint has one for all pools.
    #[must_use]
    pub fn token_url(&self, domain: Option<&str>) -> Option<String> {
        let auth = if self.region.starts_with("us-gov-") { "auth-fips" } else { "auth" };
        let host = |domain: &str| {
            if domain.contains('.') {
                format!("https://{domain}")
            } else {
                format!("https://{domain}.{auth}.{}.amazoncognito.com", self.region)
            }
        };
        let base = self.endpoint.clone().or_else(|| domain.map(host))?;
        Some(format!("{base}/oauth2/token"))
    }

    fn base(&self) -> String {
        let Self { region, domain, .. } = self;
        self.endpoint.clone().unwrap_or_else(|| format!("https://cognito-idp.{region}.{domain}"))
    }
}
