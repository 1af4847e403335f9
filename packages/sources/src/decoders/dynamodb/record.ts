/** A value as DynamoDB writes it: `{"N": "12.5"}`. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html */
export interface AttributeValue {
  readonly S?: string | undefined;
  /** At most 38 significant digits, as text. */
  readonly N?: string | undefined;
  /** Base64. */
  readonly B?: string | undefined;
  readonly BOOL?: boolean | undefined;
  readonly NULL?: boolean | undefined;
  readonly SS?: readonly string[] | undefined;
  readonly NS?: readonly string[] | undefined;
  readonly BS?: readonly string[] | undefined;
  readonly L?: readonly AttributeValue[] | undefined;
  readonly M?: Image | undefined;
}

/** An item, or its key. */
export interface Image {
  readonly [attribute: string]: AttributeValue;
}

/** One change, as Lambda hands it over. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html */
export interface DynamoDbRecord {
  readonly eventID?: string | undefined;
  readonly eventName?: "INSERT" | "MODIFY" | "REMOVE" | undefined;
  readonly eventSourceARN?: string | undefined;
  readonly awsRegion?: string | undefined;
  /** On Kinesis, where there is no ARN. */
  readonly tableName?: string | undefined;
  readonly dynamodb?: StreamRecord | undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html */
export interface StreamRecord {
  /** Seconds since 1970; on Kinesis milliseconds, or what its precision says. */
  readonly ApproximateCreationDateTime?: number | undefined;
  readonly ApproximateCreationDateTimePrecision?: "MILLISECOND" | "MICROSECOND" | undefined;
  readonly Keys?: Image | undefined;
  readonly NewImage?: Image | undefined;
  readonly OldImage?: Image | undefined;
  readonly SequenceNumber?: string | undefined;
  readonly StreamViewType?: "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | undefined;
}
