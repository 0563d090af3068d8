"""Words by which sites name what changes data, and what they write beside such a word."""

from __future__ import annotations

import re

FOREIGN_VERBS = (
    # French
    "ajouter|annuler|acheter|appliquer|confirmer|corbeille|effacer|enlever|enregistrer|envoyer|"
    "mettre a jour|modifier|payer|poubelle|publier|recalculer|retirer|sauvegarder|soumettre|"
    "supprimer|valider|"
    # Spanish and Portuguese
    "actualizar|agregar|anadir|anular|apagar|aplicar|atualizar|borrar|cancelar|comprar|compartir|"
    "confirmar|editar|eliminar|enviar|excluir|guardar|modificar|pagar|papelera|publicar|quitar|"
    "recalcular|remover|salvar|suprimir|validar|"
    # German and Italian
    "absenden|aggiorna|aktualisieren|anwenden|bearbeiten|bestatigen|bestellen|bezahlen|elimina|"
    "entfernen|hinzufugen|invia|kaufen|loschen|papierkorb|rimuovi|senden|speichern|ubernehmen"
)
"""A pattern of verbs of change in other languages, without accents."""

GLUED_VERBS = (
    "recalculate", "unsubscribe", "deactivate", "duplicate", "overwrite", "subscribe", "checkout",
    "purchase", "archive", "approve", "destroy", "discard", "cancel", "delete", "recalc", "remove",
    "submit", "update", "upload", "email", "erase", "trash",
    *(each for each in FOREIGN_VERBS.split("|") if len(each) > 6),
)  # fmt: skip
"""Verbs that no other word contains: they are seen wherever they stand in a name."""

NEIGHBOURS = re.compile(
    "account|action|all|and|as|bar|bin|book|bookout|bookouts|bt|btn|button|by|"
    "can|car|cars|cart|changes|click|cmd|comment|comments|ctl|customer|data|deal|"
    "dealer|dialog|do|entry|event|fa|file|filter|fn|form|from|go|grid|group|"
    "handler|ico|icon|id|image|images|img|inventory|it|item|items|js|lead|link|"
    "list|lnk|lot|me|menu|message|mnu|modal|msg|my|new|note|notes|now|offer|"
    "ok|on|option|options|order|orders|page|password|photo|photos|popup|price|"
    "prices|profile|quote|record|records|report|reports|row|rows|search|sel|"
    "selected|setting|settings|stock|the|this|to|tool|unit|units|us|user|value|"
    "values|veh|vehicle|vehicles|view|yes|addon"
)
"""What is written together with a short verb: "save" in "btnsave", but not in "saveable".

"addon" is a whole word that only looks as if it were made of two.
"""
