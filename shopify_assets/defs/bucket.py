"""The lake in a bucket, with Dagster's own resource of S3 for its client.

Charter: all that needs dagster-aws. It takes two seconds of CPU to import, with all of
its neighbours, so this module is imported only where the lake is a bucket.
"""

from dagster_aws.s3 import S3Resource

from shopify_assets.defs.resources import LakeResource
from shopify_assets.storage.store import Store, open_store


class BucketResource(LakeResource):
    """A lake in a bucket; how S3 is reached is set as for any Dagster project."""

    s3: S3Resource

    def store(self) -> Store:
        """Open it."""
        return open_store(self.url, s3_client=self.s3.get_client())


def bucket(url: str, *, max_set_aside: float) -> BucketResource:
    """Make the resource of a lake at `s3://bucket/prefix`."""
    return BucketResource(url=url, max_set_aside=max_set_aside, s3=S3Resource())
