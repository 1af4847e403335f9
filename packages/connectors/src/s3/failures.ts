import type { AwsVendor, Reading } from "../aws/failures.ts";

const DAMAGED: Reading = ["unavailable", "the body was damaged on the way and not stored"];
const ELSEWHERE: Reading = ["locked-out", "the bucket is in another region; look at region and endpoint"];
const IN_DOUBT: Reading = ["uncertain", "it may have been done"];
const NO_KMS_KEY: Reading = ["locked-out", "the bucket's KMS key cannot be used; look at its state and policy"];
const NO_ACCOUNT: Reading = ["locked-out", "the account may not use S3; ask AWS"];

/** What S3's refusals mean. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
export const s3Failures: AwsVendor = {
  name: "S3",
  codes: {
    AccountProblem: NO_ACCOUNT,
    AllAccessDisabled: NO_ACCOUNT,
    AuthorizationHeaderMalformed: ELSEWHERE,
    BadDigest: DAMAGED,
    ConditionalRequestConflict: ["unavailable", "another request writes the same key just now"],
    EntityTooLarge: ["rejected", "the body is larger than one request may carry"],
    IllegalLocationConstraint: ELSEWHERE,
    IncompleteBody: DAMAGED,
    // A copy, and an upload's last request, may answer 200 first and fail then: the SDK gives these the status 400.
    InternalError: IN_DOUBT,
    InvalidBucketName: ["locked-out", "there can be no bucket of that name; look at bucket"],
    InvalidPayer: NO_ACCOUNT,
    "KMS.Disabled": NO_KMS_KEY,
    "KMS.KMSInvalidState": NO_KMS_KEY,
    "KMS.NotFound": NO_KMS_KEY,
    "KMS.Throttling": ["throttled", "the bucket's KMS key is used too fast; switch its bucket key on"],
    NoSuchBucket: ["locked-out", "the bucket does not exist; look at bucket, region and endpoint"],
    NoSuchKey: ["rejected", "there is no object of that key"],
    NoSuchUpload: ["unavailable", "the upload in parts was ended by somebody else"],
    NotImplemented: [
      "rejected",
      'the store does not know a part of the request; try "requestChecksumCalculation": "WHEN_REQUIRED", and no ifAbsent',
    ],
    OperationAborted: ["unavailable", "another operation on the bucket is under way"],
    PermanentRedirect: ELSEWHERE,
    RequestTimeout: ["unavailable", "the body came too slowly and was not stored"],
    ServiceUnavailable: IN_DOUBT,
    // Documented as "reduce your request rate", and refused before anything is stored, in spite of its status 503.
    SlowDown: ["throttled", "requests come faster than this prefix takes them"],
    TemporaryRedirect: ["unavailable", "the bucket is being moved"],
    UserSuspended: NO_ACCOUNT,
    XAmzContentChecksumMismatch: DAMAGED,
    XAmzContentSHA256Mismatch: DAMAGED,
  },
};
