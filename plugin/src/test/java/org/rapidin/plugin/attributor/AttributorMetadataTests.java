package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.opensearch.cluster.Diff;
import org.opensearch.cluster.NamedDiff;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.test.AbstractDiffableSerializationTestCase;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.TextTemplate;
import org.rapidin.attribution.compression.RapidGrad;

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
            new RapidGrad(1 << randomIntBetween(8, 20), randomLong()),
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

  public void testWhatTheVersionBeforeWroteToDiskIsRead() throws IOException {
    RegisteredAttributor attributor = randomAttributor();
    AttributorMetadata read =
        parse(Map.of("attributors", Map.of(attributor.id(), attributor.toMap())));
    assertEquals(new AttributorMetadata(Map.of(attributor.id(), attributor)), read);
  }

  public void testRow46WhatALaterVersionAddsIsKeptAndWrittenBackOnDiskAndOnTheWire()
      throws IOException {
    RegisteredAttributor attributor = randomAttributor();
    Map<String, Object> later = new LinkedHashMap<>(attributor.toMap());
    later.put("owner", Map.of("team", List.of("a", 7, 2.5, true)));
    Map<String, Object> content =
        Map.of(
            "version",
            9,
            "attributors",
            Map.of(attributor.id(), later),
            "artefacts",
            List.of(Map.of("kind", "moments")));
    AttributorMetadata read = parse(content);
    assertEquals(List.of(attributor), List.copyOf(read.attributors().values()));
    for (AttributorMetadata copy : List.of(read, parse(map(read)), wire(read))) {
      Map<String, Object> written = map(copy);
      assertEquals(9, written.get("version"));
      assertEquals(content.get("artefacts"), written.get("artefacts"));
      assertEquals(
          later.get("owner"),
          ((Map<?, ?>) ((Map<?, ?>) written.get("attributors")).get(attributor.id())).get("owner"));
    }
    assertEquals(9, map(read.with(randomAttributor())).get("version"));
  }

  public void testRow46AnAttributorThatNeedsMoreIsUnusableByNameAndTheOthersWork()
      throws IOException {
    RegisteredAttributor usable = randomAttributor();
    Map<String, Object> needsMore = new LinkedHashMap<>(usable.toMap());
    Map<String, Object> spec = new LinkedHashMap<>(AttributorSpecFormat.toMap(usable.spec()));
    spec.put("preconditioner", "kfac");
    needsMore.put("spec", spec);
    AttributorMetadata read =
        parse(
            Map.of(
                "attributors",
                Map.of(usable.id(), usable.toMap(), "newer", needsMore, "empty", Map.of())));
    assertEquals(Set.of(usable.id()), read.attributors().keySet());
    assertEquals(Set.of(usable.id(), "newer", "empty"), read.stored().keySet());
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> read.stored().get("newer").require());
    assertTrue(
        refused.getMessage(),
        refused.getMessage().startsWith("attributor [newer] was written by a later version"));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[preconditioner]"));
    expectThrows(IllegalArgumentException.class, () -> read.stored().get("empty").require());
    assertEquals(read, wire(read));
    assertEquals(Set.of(usable.id(), "empty"), read.without("newer").stored().keySet());
  }

  private AttributorMetadata wire(AttributorMetadata metadata) throws IOException {
    return copyWriteable(metadata, getNamedWriteableRegistry(), AttributorMetadata::new);
  }

  private Map<String, Object> map(AttributorMetadata metadata) throws IOException {
    try (XContentBuilder json = XContentFactory.jsonBuilder()) {
      json.startObject();
      metadata.toXContent(json, ToXContent.EMPTY_PARAMS);
      json.endObject();
      return XContentHelper.convertToMap(JsonXContent.jsonXContent, json.toString(), true);
    }
  }

  private AttributorMetadata parse(Map<String, Object> content) throws IOException {
    try (XContentBuilder json = XContentFactory.jsonBuilder().map(content);
        XContentParser parser = createParser(json)) {
      parser.nextToken();
      return AttributorMetadata.fromXContent(parser);
    }
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
