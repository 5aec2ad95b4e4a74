"""The lake in a bucket, with Dagster's own resource of S3 for its client.

Charter: all that needs dagster-aws. It takes two seconds of CPU to import, with all of
its neighbours, so this module is imported by who opens a lake that is a bucket.
"""

from dagster_aws.s3 import S3Resource

from shopify_assets.defs.resources import LakeResource
from shopify_assets.storage.store import Store, open_store


class BucketResource(LakeResource):
    """A lake in a bucket; how S3 is reached, boto3's own environment says."""

    def store(self) -> Store:
        """Open it."""
        return open_store(self.url, s3_client=S3Resource().get_client())
