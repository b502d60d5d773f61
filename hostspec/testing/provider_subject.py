"""What the author of a provider says about it, and the world that its rules are checked in."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar, Final

from pluggy import PluginValidationError
from pydantic import SecretStr

from hostspec.forms import Form, NoteField, Section
from hostspec.hosting.form_values import fields_of, first_values
from hostspec.provider_skills import Copyable, Portable
from hostspec.providers import Connection, Draft, SavedConnection
from hostspec.testing.contract_rules import (
    NotAnswered,
    breach,
    require,
    result_of,
)
from hostspec.testing.fake_clock import START
from hostspec.testing.fake_host import ADMINISTRATOR, FakeHost
from hostspec.testing.plugin_subject import listening
from hostspec.testing.provider_rules import ProviderRule
from hostspec.testing.told_faults import misfit_told
from hostspec.value import ConnectionId, TypeId

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from hostspec.forms import FieldValue
    from hostspec.providers import ConnectionProvider, ConnectionType
    from hostspec.testing.contract_rules import Rule

_SHORTEST_SECRET: Final = 8


class ProviderSubject:
    """What the author of a provider says about it."""

    type_id: ClassVar[str] = ""
    """The id of the connection type."""
    opens: ClassVar[bool] = False
    """Whether ``open`` reaches another side in these tests; without one, it may only refuse with a sentence."""
    complete_from_the_start: ClassVar[bool] = False
    """Whether an entry can be saved although nothing was typed."""

    def make_plugin(self) -> object:
        """The plugin that contributes the type, as its entry point would make it."""
        raise NotAnswered(f"{type(self).__name__}.make_plugin has to return the plugin that contributes the type.")

    def values(self) -> Mapping[str, FieldValue]:
        """What a person types into the provider's fields, by field id; secrets have at least 8 characters."""
        raise NotAnswered(f"{type(self).__name__}.values has to say what a person types into the provider's fields.")

    def complete(self, provider: ConnectionProvider, draft: Draft) -> Draft:
        """What a person does after typing and before Save, such as signing in; nothing, unless overridden."""
        del provider
        return draft

    def make_host(self, data_dir: Path) -> FakeHost:
        """The host around the plugin, not started yet; override it to give settings or a browser."""
        return FakeHost(data_dir, plugins={"provider": self.make_plugin()})

    def _hosted(self, folder: Path) -> FakeHost:
        try:
            return self.make_host(folder)
        except PluginValidationError as misfit:
            told = misfit_told(misfit)
            breach(ProviderRule.CONTRIBUTED.value, f"The plugin does not fit the specifications: {told}.")

    @contextmanager
    def provided(self, tmp_path: Path) -> Iterator[tuple[ConnectionType, Draft]]:
        """The type inside a running host, and a new draft of it."""
        if not self.type_id:
            raise NotAnswered(f"{type(self).__name__}.type_id has to be the id of the connection type.")
        folder = tmp_path / "data"
        folder.mkdir(mode=0o700, exist_ok=True)
        with self._hosted(folder) as host:
            with listening() as failures:
                found = host.hooks.connection_types()
            kinds = {kind.type_id: kind for kind in found.items}
            if self.type_id not in kinds:
                others = (
                    f"There are {', '.join(sorted(kinds))}." if kinds else "No hook of it answers; is @hookimpl there?"
                )
                why = f"{' '.join(failures)}." if found.failed else others
                breach(ProviderRule.CONTRIBUTED.value, f"No plugin contributes the type {self.type_id!r}. {why}")
            draft = Draft(draft_id="contract-draft", origin=ADMINISTRATOR, type_id=TypeId(self.type_id), values={})
            try:
                yield kinds[TypeId(self.type_id)], draft
            finally:
                # Whether closing works has a rule of its own.
                with suppress(Exception):
                    kinds[TypeId(self.type_id)].provider.close(draft.draft_id)

    def typed(self, provider: ConnectionProvider, draft: Draft) -> Draft:
        """The draft after a person typed ``values`` into its form."""
        form = result_of(ProviderRule.FORM_DRAWN.value, "It", provider.form, draft)
        return draft.model_copy(update={"values": {**first_values(form), **self.values()}})

    def completed(self, provider: ConnectionProvider, draft: Draft) -> Draft:
        """The draft as it stands when a person presses Save."""
        return self.complete(provider, self.typed(provider, draft))

    def secrets(self, provider: ConnectionProvider, draft: Draft) -> tuple[str, ...]:
        """The secrets that were typed into the draft."""
        del provider
        found = tuple(value.get_secret_value() for value in draft.values.values() if isinstance(value, SecretStr))
        if any(0 < len(secret) < _SHORTEST_SECRET for secret in found):
            raise NotAnswered(f"{type(self).__name__}.values: a secret has fewer than {_SHORTEST_SECRET} characters.")
        return tuple(secret for secret in found if secret)

    def entry(
        self, saved: SavedConnection, connection_id: str = "contract-entry", *, opened: bool = False
    ) -> Connection:
        """An entry as lists have it, without what is sealed; with it where ``opened``."""
        return Connection(
            connection_id=ConnectionId(connection_id),
            type_id=TypeId(self.type_id),
            display_name="Contract",
            saved=saved if opened else saved.model_copy(update={"sealed": None}),
            created_at=START,
            changed_at=START,
            has_secret=saved.sealed is not None,
        )

    def require_form(self, form: object, rule: Rule) -> Form:
        """The form, once it is known to be one that any host can draw."""
        __tracebackhide__ = True
        if not isinstance(form, Form):
            breach(rule, f"It answered {type(form).__name__} instead of a Form.")
        try:
            whole = Form.model_validate_json(form.model_dump_json(warnings="error"))
        except ValueError:
            breach(rule, "The form does not survive being written down as JSON.")
        require(whole == form, rule, "The form does not survive being written down as JSON.")
        ids = [
            one.field_id
            for one in fields_of(form)
            if not isinstance(one, NoteField | Section) and hasattr(one, "field_id")
        ]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        require(not twice, rule, f"Two fields have the id {', '.join(twice)}.")
        return form

    def damaged(self, saved: SavedConnection) -> tuple[Connection, ...]:
        """Entries whose settings nobody can read any more."""
        settings: tuple[dict[str, JsonValue], ...] = (
            {},
            {"of": "another version"},
            dict.fromkeys(saved.settings, None),
        )
        return tuple(
            self.entry(SavedConnection(settings=one), f"contract-damaged-{number}")
            for number, one in enumerate(settings)
        )

    def shown_of_entry(self, provider: ConnectionProvider, kept: Connection) -> list[str]:
        """All that is shown of an entry, as text."""
        shown = [repr(provider.summary([kept])), repr(provider.details(kept)), repr(provider.removal_choices(kept))]
        if isinstance(provider, Copyable):
            shown.append(repr({name: str(value) for name, value in provider.copied_values(kept).items()}))
        if isinstance(provider, Portable):
            shown.append(repr(provider.portable(kept)))
        return shown
