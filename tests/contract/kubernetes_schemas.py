"""Small schemas of the custom resources that the manifests use; Kubernetes' own do not know them.

Each allows what we use of it and nothing else, so that a field that is spelled wrong is found.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
DURATION: Schema = {"type": "string", "pattern": r"^(\d+h)?(\d+m)?(\d+s)?$", "minLength": 2}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT}


def closed(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": required | optional,
        "required": [*required],
        "additionalProperties": False,
    }


def listed(of: Schema) -> Schema:
    """A list that is not empty."""
    return {"type": "array", "items": of, "minItems": 1}


def resource(api: str, kind: str, spec: Schema) -> Schema:
    """A whole object."""
    return closed(
        {
            "apiVersion": {"const": api},
            "kind": {"const": kind},
            "metadata": closed({"name": TEXT, "namespace": TEXT}, labels=LABELS),
            "spec": spec,
        }
    )


USAGES = ["digital signature", "key encipherment", "server auth", "client auth"]
RULE = {
    "oneOf": [
        closed(
            {"alert": TEXT, "expr": TEXT},
            **{
                "for": DURATION,
                "labels": LABELS,
                "annotations": LABELS,
                "keep_firing_for": DURATION,
            },
        ),
        closed({"record": TEXT, "expr": TEXT}, labels=LABELS),
    ]
}
SCHEMAS = {
    (schema["properties"]["apiVersion"]["const"], schema["properties"]["kind"]["const"]): schema
    for schema in (
        resource(
            "cert-manager.io/v1",
            "Issuer",
            {
                "oneOf": [
                    closed({"selfSigned": closed({})}),
                    closed({"ca": closed({"secretName": TEXT})}),
                ]
            },
        ),
        resource(
            "cert-manager.io/v1",
            "Certificate",
            closed(
                {
                    "secretName": TEXT,
                    "duration": DURATION,
                    "renewBefore": DURATION,
                    "privateKey": closed(
                        {"algorithm": {"enum": ["ECDSA", "RSA", "Ed25519"]}},
                        size={"enum": [256, 384, 521, 2048, 4096]},
                        encoding={"enum": ["PKCS1", "PKCS8"]},
                        rotationPolicy={"enum": ["Always", "Never"]},
                    ),
                    "issuerRef": closed(
                        {"name": TEXT, "kind": {"enum": ["Issuer", "ClusterIssuer"]}}
                    ),
                },
                isCA={"type": "boolean"},
                commonName=TEXT,
                uris=listed(TEXT),
                dnsNames=listed(TEXT),
                usages=listed({"enum": USAGES}),
            ),
        ),
        resource(
            "external-secrets.io/v1",
            "ExternalSecret",
            closed(
                {
                    "refreshInterval": DURATION,
                    "secretStoreRef": closed(
                        {"name": TEXT, "kind": {"enum": ["SecretStore", "ClusterSecretStore"]}}
                    ),
                    "target": closed({"name": TEXT}),
                    "data": listed(
                        closed(
                            {"secretKey": TEXT, "remoteRef": closed({"key": TEXT}, property=TEXT)}
                        )
                    ),
                }
            ),
        ),
        resource(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            closed(
                {
                    "selector": closed({"matchLabels": LABELS}),
                    "endpoints": listed(
                        closed(
                            {"port": TEXT, "path": TEXT},
                            interval=DURATION,
                            scrapeTimeout=DURATION,
                        )
                    ),
                },
                jobLabel=TEXT,
            ),
        ),
        resource(
            "monitoring.coreos.com/v1",
            "PrometheusRule",
            closed(
                {"groups": listed(closed({"name": TEXT, "rules": listed(RULE)}, interval=DURATION))}
            ),
        ),
    )
}
