"""What merchants and apps add to Shopify's own data: definitions and metaobjects.

Charter: declarations of the streams about custom data. Metafields themselves are child
tables of the streams of their owners, for that is the only way Shopify lists them.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Each, Stream

_VALIDATIONS = "validations { name type value }"

# A snapshot: definitions can be searched by updated_at, and do not tell it.
METAFIELD_DEFINITIONS = Stream(
    name="metafield_definitions",
    root="metafieldDefinitions",
    family="custom",
    description="Metafield definitions of every owner type, with rules and access.",
    # Deprecated: the metafields of images are those of their products.
    each=Each("ownerType", leaving_out=frozenset({"MEDIA_IMAGE"})),
    webhooks=(
        "metafield_definitions/create",
        "metafield_definitions/update",
        "metafield_definitions/delete",
    ),
    selection=f"""
        id ownerType namespace key name description
        type {{ name category supportsDefinitionMigrations }}
        pinnedPosition useAsCollectionCondition validationStatus metafieldsCount
        standardTemplate {{ id }}
        access {{ admin customerAccount storefront }}
        capabilities {{
            adminFilterable {{ enabled eligible status }}
            analyticsQueryable {{ enabled eligible }}
            cartToOrderCopyable {{ enabled eligible }}
            smartCollectionCondition {{ enabled eligible }}
            uniqueValues {{ enabled eligible }}
        }}
        constraints {{
            key
            constraintValues: values {{ nodes {{ value }} }}
        }}
        {_VALIDATIONS}
    """,
)

STANDARD_METAFIELD_DEFINITION_TEMPLATES = Stream(
    name="standard_metafield_definition_templates",
    root="standardMetafieldDefinitionTemplates",
    family="custom",
    description="Definitions that Shopify suggests to every shop.",
    selection=f"""
        id namespace key name description ownerTypes visibleToStorefrontApi
        type {{ name category supportsDefinitionMigrations }}
        {_VALIDATIONS}
    """,
)

METAOBJECT_DEFINITIONS = Stream(
    name="metaobject_definitions",
    root="metaobjectDefinitions",
    family="custom",
    description="Metaobject definitions with their fields, access and capabilities.",
    selection=f"""
        id type name description displayNameKey hasThumbnailField metaobjectsCount
        createdAt updatedAt
        createdByApp {{ id title }}
        createdByStaff {{ id }}
        standardTemplate {{ name type description displayNameKey }}
        access {{ admin customerAccount storefront }}
        capabilities {{
            onlineStore {{ enabled data {{ urlHandle canCreateRedirects }} }}
            publishable {{ enabled }}
            renderable {{ enabled data {{ metaTitleKey metaDescriptionKey }} }}
            translatable {{ enabled }}
        }}
        fields: fieldDefinitions {{
            key name description required
            type {{ name category supportsDefinitionMigrations }}
            capabilities {{ adminFilterable {{ enabled eligible }} }}
            {_VALIDATIONS}
        }}
    """,
)

# By their definitions: Shopify lists metaobjects of one type only, whose names nobody
# but the definitions tells.
METAOBJECTS = Stream(
    name="metaobjects",
    root="metaobjectDefinitions",
    family="custom",
    description="Metaobjects of every type, with the value of each field.",
    webhooks=("metaobjects/create", "metaobjects/update", "metaobjects/delete"),
    selection="""
        id type name
        metaobjects { nodes {
            id type handle displayName createdAt updatedAt
            createdByApp { id title }
            createdByStaff { id }
            thumbnailField { key }
            capabilities {
                onlineStore { templateSuffix }
                publishable { status }
            }
            fields { key type value }
        } }
    """,
)

STREAMS = (
    METAFIELD_DEFINITIONS,
    STANDARD_METAFIELD_DEFINITION_TEMPLATES,
    METAOBJECT_DEFINITIONS,
    METAOBJECTS,
)
