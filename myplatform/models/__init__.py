"""What is stored. Knows SQLAlchemy only; the tables of content kinds are made from their fields by `kinds.py`."""

from .accounts import BrowserSession, Group, Membership, OneTimeLink, OwnEntry, SignInFailure, Token, User
from .base import Base, utc_now
from .changes import Change
from .comments import Comment, Mention
from .drafts import Draft
from .files import Blob, FileText, PartialUpload
from .following import Follow
from .grants import EffectiveGrant, Grant
from .jobs import Job, Schedule, Worker
from .node import Node, Redirect, descendants_of, is_live, subtree_of
from .notifications import FeedReader, Notification, NotificationChoice, PlaceLevel
from .references import Reference
from .requests import AccessRequest
from .search import SearchDocument, SearchWord
from .site import SiteValue

__all__ = [
    "AccessRequest",
    "Base",
    "Blob",
    "BrowserSession",
    "Change",
    "Comment",
    "Draft",
    "EffectiveGrant",
    "FeedReader",
    "FileText",
    "Follow",
    "Grant",
    "Group",
    "Job",
    "Membership",
    "Mention",
    "Node",
    "Notification",
    "NotificationChoice",
    "OneTimeLink",
    "OwnEntry",
    "PartialUpload",
    "PlaceLevel",
    "Redirect",
    "Reference",
    "Schedule",
    "SearchDocument",
    "SearchWord",
    "SignInFailure",
    "SiteValue",
    "Token",
    "User",
    "Worker",
    "descendants_of",
    "is_live",
    "subtree_of",
    "utc_now",
]
