"""Pictures people send in WeChat, fetched and made materials of what they were sent for."""

import requests
import structlog
from sqlalchemy.orm import Session
from wechatpy.exceptions import WeChatClientException

from models.catalogue.service import Service
from models.intake import papers
from models.intake.handing_in import hand_in
from models.materials.upload import MOST_BYTES, Upload, UploadRefusedError
from models.notification import notify
from models.received_media import MediaState, ReceivedMedia, claim_due, settle
from models.request import Request
from webhook import wording
from webhook.services import Services
from webhook.wechat.account_client import AccountClient, TokenError, TooLargeError

log = structlog.get_logger()

_NO_SUCH_MEDIA = 40007


def fetch_received(services: Services, account: AccountClient) -> int:
    """Fetch what people sent; return how many became materials.

    A file is looked at, cleaned and scanned before it is kept, as one from a page is. What is not
    taken is told to the person, with the reason.
    """
    with services.database.unit_of_work() as session:
        due = claim_due(session)
    return sum(_fetch(services, account, media) for media in due)


def _fetch(services: Services, account: AccountClient, media: ReceivedMedia) -> bool:
    try:
        content = account.download(media.media_id, MOST_BYTES)
        service = services.catalogue.service(media.service)
        upload = papers.prepare(
            service, media.name, content, scanner=services.settings.scan_command
        )
        with services.database.unit_of_work() as session:
            _keep(session, services, service, media, upload)
        return True
    except UploadRefusedError as error:
        state, why, told = MediaState.REFUSED, error.code, error.told
    except TooLargeError:
        state, why, told = MediaState.REFUSED, "too_big", wording.PICTURE_TOO_BIG
    except WeChatClientException as error:
        is_gone = error.errcode == _NO_SUCH_MEDIA
        state = MediaState.GONE if is_gone else MediaState.WAITING
        why, told = str(error.errcode), wording.PICTURE_GONE if is_gone else ""
    except (TokenError, requests.RequestException) as error:
        state, why, told = MediaState.WAITING, type(error).__name__, ""
    except KeyError:  # the service, or its material, is no longer in the catalogue
        state, why, told = MediaState.REFUSED, "no such material", wording.PICTURE_GONE
    log.warning("media.not_kept", media=media.id, why=why)
    with services.database.unit_of_work() as session:
        settle(session, media.id, state, why)
        if told:
            notify(session, media.contact_id, told, key=f"media:{media.id}")
    return False


def _keep(
    session: Session, services: Services, service: Service, media: ReceivedMedia, upload: Upload
) -> None:
    store = services.materials
    if media.request_id is None:
        papers.take(session, store, service, media.contact_id, media.name, upload)
    else:
        request = session.get(Request, media.request_id)
        if request is None:  # erased meanwhile
            raise UploadRefusedError("gone", wording.PICTURE_GONE)
        if hand_in(session, store, service, request, media.name, upload):
            told = wording.RESUBMITTED.format(service=service.name, number=request.number)
            notify(session, media.contact_id, told, key=f"media:{media.id}")
    settle(session, media.id, MediaState.KEPT)
