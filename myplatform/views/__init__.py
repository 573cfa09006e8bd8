"""Pages and forms for people. Every module here registers its own views; this is their order."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Everything a browser is answered with, one subject a line."""
    config.include("..assets")  # built files and icons
    config.include("..appearance")  # name, logo and colours of the site
    config.include(".templating")  # Jinja2 and what every template knows
    config.include(".errors")  # every refusal becomes a page, or problem+json for programs
    config.include(".measures")  # figures for whoever watches the site
    config.include(".arrivals")  # what reaches the site, for its checks
    config.include(".places")  # permanent links, undo, the branches of the tree
    config.include(".trash")
    config.include(".selection")  # several things at once
    config.include(".zips")
    config.include(".sharing_several")
    config.include(".searching")
    config.include(".finding")  # as one types
    config.include(".files")
    config.include(".uploads")
    config.include(".blocks")
    config.include(".visits")  # where somebody was last
    config.include(".home")
    config.include(".comments")
    config.include(".following")
    config.include(".notifications")  # and the bell of every page
    config.include(".people")
    config.include(".drafts")  # what somebody has typed and not saved
    config.include(".reviews")  # which pages are due to be read again
    for module in ("nodes", "folders", "editing", "previewing", "arranging", "history", "dropping", "transferring"):
        config.scan(f".{module}")
    config.include(".sign_in")
    config.include(".links")  # what one-time links open
    config.include(".account")
    administration(config)
    if config.registry.settings.get("pyramid.reload_templates"):
        config.include(".style")


def administration(config: Configurator) -> None:
    """What is for those who look after the site, and after what is shared."""
    config.include(".jobs")  # what takes longer than a request
    config.include(".users")  # administration begins with the users
    config.include(".user_entries")
    config.include(".groups")
    config.include(".branding")  # what the site is called and looks like
    config.include(".modes")  # whether it is open
    config.include(".system")  # how it is doing
    config.include(".audit")  # everybody's tokens, everything that changed
    config.include(".sharing")
    config.include(".reports")  # who can see what
    config.include(".requests")  # for access
    config.include(".seeing")  # the site as somebody else sees it
