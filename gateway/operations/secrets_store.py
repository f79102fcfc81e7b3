"""The secrets of a provider in Parameter Store: put into force, rotated in two steps, checked."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.errors import GatewayError, WrongUsage
from gateway.operations.installation import Installation
from gateway.operations.secret_documents import (
    entry,
    faults_of,
    generated,
    in_force,
    kinds_in,
    kinds_of,
    replaced,
    require_sound,
    unsendable,
    warnings_of,
    with_entries,
)
from gateway.simulator import HEADER, KEPT_BY_PROVIDER, senders


@dataclass(frozen=True)
class Checked:
    """What a parameter holds. `in_force` counts the secrets of each kind: two while a rotation is under way.

    With any of `faults` the gateway refuses the whole; with `warnings` it works. `remedy` mends both.
    """

    provider: str
    parameter: str
    faults: list[str]
    warnings: list[str] = field(default_factory=list)
    remedy: str = ""
    in_force: dict[str, int] = field(default_factory=dict)
    changed_at: datetime | None = None
    document: Any = field(default=None, repr=False)

    @property
    def rotating(self) -> list[str]:
        """The kinds of which an old and a new secret are both accepted."""
        return [kind for kind, number in self.in_force.items() if number > 1]


class SecretsStore:
    """The parameter of one provider."""

    def __init__(self, installation: Installation, provider: str) -> None:
        self._installation = installation
        self._ssm = installation.client("ssm")
        self._provider = installation.require(provider)
        self.parameter = installation.parameter(provider)
        self._version = 0  # that `_document` read; 0 is none
        self._key = {"KeyId": installation.key} if installation.key else {}  # or else Parameter Store's own

    def kind(self, chosen: str | None) -> str:
        """Return the kind that is meant: the chosen one, or the one that the parameter holds, or the provider's usual.

        Raises GatewayError where that is none of the provider's, or where it can't be told.
        """
        offered = kinds_of(self._provider)
        if chosen is None:
            chosen = self._usual_kind(self._document())
        if chosen not in offered:
            raise WrongUsage(f"{self._provider} doesn't authenticate by {chosen}, but by {' or '.join(offered)}")
        return chosen

    def generated(self, kind: str) -> str:
        """Make up a secret of a kind, in the form that the provider sends; raise GatewayError where only it can."""
        sender = senders().get(self._provider)
        if kind in KEPT_BY_PROVIDER:
            raise GatewayError(
                f"Nobody but {sender.title if sender else self._provider} can make a {kind}: "
                "copy it from the portal, and give it by --prompt or --stdin"
            )
        return (sender.authorization if sender and kind == "authorization" else "{secret}").format(secret=generated())

    def name(self, kind: str) -> str:
        """Return the name (user, client, header) that goes with the newest secret of a kind, or a usual one."""
        return self._usual_name(self._document(), kind)

    def set(self, kind: str, value: str, name: str, *, replace: bool) -> None:
        """Make a secret the only one of its kind, and has it asked for.

        Raises GatewayError where there is one, or authentication is none, and `replace` is not said.
        """
        document = self._document()
        if document.get("authentication") == "none" and not replace:
            raise GatewayError(
                f"{self.parameter} asks for no secret (authentication is none). With --replace it asks for this one, "
                "and what is not signed by it is refused"
            )
        if in_force(document, kind) and not replace:
            raise GatewayError(
                f"{self.parameter} holds a secret ({kind}) already. `rotate` puts a new one beside it; "
                "--replace takes it out at once, and what is still signed by it is refused"
            )
        self._write(replaced(document, kind, entry(kind, value, name)))

    def rotate(self, kind: str, value: str, name: str) -> int:
        """Put a new secret before the others, which stay in force; return how many are in force now."""
        document = self._document()
        held = in_force(document, kind)
        if not held:
            raise GatewayError(f"{self.parameter} holds no secret ({kind}) to rotate; `set` puts the first one there")
        new = entry(kind, value, name)
        if new in held:
            raise GatewayError("This secret is in force already")
        self._write(with_entries(document, kind, [new, *held]))
        return len(held) + 1

    def retire(self, kind: str) -> int:
        """Take out all secrets of a kind but the newest; return how many that were."""
        document = self._document()
        held = in_force(document, kind)
        if len(held) > 1:
            self._write(with_entries(document, kind, held[:1]))
        return max(0, len(held) - 1)

    def restrict(self, name: str, values: list[str]) -> None:
        """Write `require` or `source_ips`, or take it out where there are no values. Raises GatewayError."""
        document = {key: held for key, held in self._document().items() if key != name}
        self._write(document | ({name: values} if values else {}))

    def second_door(self) -> str | None:
        """Return a warning if a request may authenticate by any of several kinds of secrets; None if not."""
        document = self._document()
        kinds = [kind for kind in kinds_in(document) if kind in kinds_of(self._provider)]
        if len(kinds) < 2 or "require" in document:
            return None
        return (
            f"a request is let in by any of {', '.join(kinds)}: "
            f"`gateway secrets require {self._provider} {'+'.join(kinds)}` asks for all of them"
        )

    def check(self) -> Checked:
        """Return what the parameter holds, what is wrong with it, and what to do about that."""
        try:
            parameter = self._ssm.get_parameter(Name=self.parameter, WithDecryption=True)["Parameter"]
        except self._ssm.exceptions.ParameterNotFound:
            fault = "there is no such parameter: every request gets 503"
            return Checked(self._provider, self.parameter, [fault], remedy=self._set_command({}))
        try:
            document = json.loads(parameter["Value"])
            faults = faults_of(document, self._provider)
        except ValueError:
            document, faults = None, ["not JSON"]
        warnings = [] if faults else warnings_of(document)
        in_the_clear = parameter["Type"] != "SecureString"
        if in_the_clear:
            warnings.append(f"a {parameter['Type']}: it can be read without kms:Decrypt")
        held = document if isinstance(document, dict) else {}
        return Checked(
            self._provider,
            self.parameter,
            faults,
            warnings,
            self._remedy(document, faults, in_the_clear=in_the_clear) if faults or warnings else "",
            {kind: len(in_force(held, kind)) for kind in kinds_in(held)},
            parameter["LastModifiedDate"],
            document,
        )

    def _remedy(self, document: Any, faults: list[str], *, in_the_clear: bool) -> str:
        command = self._set_command(document)
        anew = f"delete it (aws ssm delete-parameter --name {self.parameter}), then {command}"
        if in_the_clear:
            return f"AWS lets no parameter change its type: {anew}"
        if not faults and (kinds := unsendable(document)):
            words = f"{self._provider} --kind {kinds[0]}"
            return f"gateway secrets rotate {words}; once the portal has the new one: gateway secrets retire {words}"
        if isinstance(document, dict) and not self._faults_once_replaced(document):
            return f"{command} --replace"
        return f"mend it by hand (docs/providers.md), or {anew}"

    def _set_command(self, document: Any) -> str:
        given = self._usual_kind(document if isinstance(document, dict) else {}) in KEPT_BY_PROVIDER
        return f"gateway secrets set {self._provider}" + (" --prompt" if given else "")

    def _faults_once_replaced(self, document: dict[str, Any]) -> list[str]:
        kind = self._usual_kind(document)
        sender = senders().get(self._provider)
        pairs = sender.key_pairs if sender else None
        value = pairs.public(generated()) if pairs and kind == pairs.kind else self.generated(kind)
        new = entry(kind, value, self._usual_name(document, kind))
        return faults_of(replaced(document, kind, new), self._provider)

    def secrets(self) -> dict[str, Any]:
        """Return the document to sign by; raises GatewayError where there is none that is sound and can be sent."""
        checked = self.check()
        if checked.faults or unsendable(checked.document):
            raise GatewayError(f"{self.parameter}: {'; '.join(checked.faults or warnings_of(checked.document))}")
        return dict(checked.document)

    def _usual_kind(self, document: dict[str, Any]) -> str:
        """Return the kind that a document holds, the provider's usual one where it holds that, too, or none at all."""
        offered = kinds_of(self._provider)
        held = [kind for kind in kinds_in(document) if kind in offered]
        return offered[0] if offered and (not held or offered[0] in held) else (held or [""])[0]

    def _usual_name(self, document: dict[str, Any], kind: str) -> str:
        newest = next(iter(in_force(document, kind)), None)
        known = newest if isinstance(newest, dict) else {}
        usual = HEADER if kind == "header" else self._provider
        return str(known.get("username") or known.get("client_id") or known.get("name") or usual)

    def _document(self) -> dict[str, Any]:
        """Return what is there, to be changed: nothing, or a document that can be understood."""
        try:
            parameter = self._ssm.get_parameter(Name=self.parameter, WithDecryption=True)["Parameter"]
            self._version = parameter["Version"]
            document = json.loads(parameter["Value"])
        except self._ssm.exceptions.ParameterNotFound:
            self._version = 0
            return {}
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise GatewayError(f"{self.parameter} holds no JSON object; take it out by hand, nothing in it is in force")
        return document

    def _write(self, document: dict[str, Any]) -> None:
        require_sound(document, self._provider)
        if (now := self._version_now()) != self._version:
            raise GatewayError(
                f"{self.parameter} was changed in the meantime (version {now} instead of {self._version}): nothing was "
                "written. Look at it (gateway secrets check), and run the command again"
            )
        kept = {"Name": self.parameter, "Value": json.dumps(document), "Type": "SecureString"}
        written = self._ssm.put_parameter(**kept, Overwrite=True, **self._key)["Version"]
        self._installation.tell_secrets(self._provider, document)
        if written != now + 1:  # Parameter Store has no condition, so this can only be told afterwards
            raise GatewayError(
                f"{self.parameter} was changed in the same moment: version {written} replaces version {written - 1}, "
                "which nobody looked at. Compare them: "
                f"aws ssm get-parameter-history --with-decryption --name {self.parameter}"
            )

    def _version_now(self) -> int:
        try:
            return int(self._ssm.get_parameter(Name=self.parameter)["Parameter"]["Version"])
        except self._ssm.exceptions.ParameterNotFound:
            return 0
