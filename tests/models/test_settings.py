"""Settings: made up once, shared by all, kept private."""

import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.settings import Settings, wrong_settings


def _token(var: Path) -> str:
    return Settings(_env_file=None, var_dir=var).wechat_token.get_secret_value()


def test_a_fresh_machine_gets_values_that_last(tmp_path: Path) -> None:
    first = Settings(_env_file=None, var_dir=tmp_path)
    again = Settings(_env_file=None, var_dir=tmp_path)
    assert first == again
    assert len(first.wechat_encoding_aes_key.get_secret_value()) == 43
    assert first.database_url == f"sqlite:///{tmp_path / 'jct.sqlite3'}"
    assert stat.S_IMODE((tmp_path / "settings.json").stat().st_mode) == 0o600


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        assert len(set(pool.map(_token, [tmp_path] * 8))) == 1


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var_dir=tmp_path, wechat_token="tell-nobody")
    assert "tell-nobody" not in repr(settings)


def test_a_wrong_aes_key_is_named_but_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, var_dir=tmp_path, wechat_encoding_aes_key="too-short")
    assert "43 characters" in str(caught.value)
    assert "too-short" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("database_url", "mysql://lili:secret@host/name", "postgresql://"),
        ("database_url", "secret", "postgresql://"),
        ("redis_url", "secret", "redis://"),
        ("rasa_url", "http://secret", "needs a port"),
        ("actions_url", "http://127.0.0.1:secret", "needs a port"),
        ("data_key", "secret", "32 bytes"),
        ("data_key", f"{'A' * 43}=,secret", "32 bytes"),
        ("port", "secret", "integer"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_form_and_not_shown(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, var_dir=tmp_path, **{name: value})
    [line] = wrong_settings(caught.value)
    assert line.startswith(f"{name.upper()}: ")
    assert told in line
    assert "secret" not in line


@pytest.mark.parametrize(
    "url", ["postgresql://host/name", "postgres://host/name", "sqlite:////tmp/file.sqlite3"]
)
def test_a_usable_database_is_taken_as_it_is(tmp_path: Path, url: str) -> None:
    assert Settings(_env_file=None, var_dir=tmp_path, database_url=url).database_url == url


@pytest.mark.parametrize(("url", "embedded"), [("", True), ("redis://127.0.0.1:6379/3", False)])
def test_redis_is_embedded_unless_one_is_named(tmp_path: Path, url: str, embedded: bool) -> None:
    assert Settings(_env_file=None, var_dir=tmp_path, redis_url=url).redis_is_embedded is embedded
