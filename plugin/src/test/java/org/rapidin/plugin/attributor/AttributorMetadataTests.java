package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.cluster.Diff;
import org.opensearch.cluster.NamedDiff;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.test.AbstractDiffableSerializationTestCase;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.TextTemplate;

/** The registry in the cluster state comes back as it was: over the wire, from disk, by diffs. */
public class AttributorMetadataTests
    extends AbstractDiffableSerializationTestCase<Metadata.Custom> {

  @Override
  protected Metadata.Custom createTestInstance() {
    Map<String, RegisteredAttributor> attributors = new TreeMap<>();
    for (int i = randomIntBetween(0, 4); i > 0; i--) {
      RegisteredAttributor attributor = randomAttributor();
      attributors.put(attributor.id(), attributor);
    }
    return new AttributorMetadata(attributors);
  }

  static RegisteredAttributor randomAttributor() {
    AttributorSpec spec =
        new AttributorSpec(
            randomAlphaOfLength(5),
            randomBoolean()
                ? List.of()
                : List.of(new Checkpoint("first", 1), new Checkpoint("second", randomDouble() + 1)),
            randomBoolean() ? List.of("linear") : List.of("*.q_proj.*", "*.down_proj.*"),
            new TextTemplate("{{a}} é\n", "{{" + randomAlphaOfLength(4) + "}}"),
            randomFrom(SpecialTokens.values()),
            randomIntBetween(2, 1000),
            randomFrom(Normalization.values()),
            1 << randomIntBetween(8, 20),
            randomLong(),
            randomFrom(Similarity.values()),
            0.5 + randomDouble());
    return new RegisteredAttributor(
        randomAlphaOfLength(6), spec, randomAlphaOfLength(64), 0.1 + randomDouble());
  }

  @Override
  protected Metadata.Custom makeTestChanges(Metadata.Custom instance) {
    AttributorMetadata metadata = (AttributorMetadata) instance;
    if (randomBoolean() && !metadata.attributors().isEmpty()) {
      return metadata.without(metadata.attributors().firstKey());
    }
    return metadata.with(randomAttributor());
  }

  @Override
  protected Writeable.Reader<Metadata.Custom> instanceReader() {
    return AttributorMetadata::new;
  }

  @Override
  protected Writeable.Reader<Diff<Metadata.Custom>> diffReader() {
    return AttributorMetadata::readDiffFrom;
  }

  @Override
  protected Metadata.Custom doParseInstance(XContentParser parser) throws IOException {
    parser.nextToken();
    Metadata.Custom parsed = AttributorMetadata.fromXContent(parser);
    assertEquals(XContentParser.Token.END_OBJECT, parser.currentToken());
    return parsed;
  }

  @Override
  protected NamedWriteableRegistry getNamedWriteableRegistry() {
    return new NamedWriteableRegistry(
        List.of(
            new NamedWriteableRegistry.Entry(
                Metadata.Custom.class, AttributorMetadata.TYPE, AttributorMetadata::new),
            new NamedWriteableRegistry.Entry(
                NamedDiff.class, AttributorMetadata.TYPE, AttributorMetadata::readDiffFrom)));
  }
}
