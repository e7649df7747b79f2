package org.rapidin.plugin.mapper;

import static org.hamcrest.Matchers.containsString;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.admin.indices.settings.get.GetSettingsResponse;
import org.opensearch.action.admin.indices.template.put.PutComponentTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutIndexTemplateRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchSingleNodeTestCase;
import org.rapidin.plugin.query.FakeGradients;
import org.rapidin.plugin.query.GradientTestPlugin;

/** Ways by which a mapping with a gradient field reaches an index, on a node. */
public class GradientIndexTests extends OpenSearchSingleNodeTestCase {
  private static final String FIELD =
      "\"gradient\": {\"type\": \"gradient_vector\", \"attributor\": \"demo\"}";
  private static final String MAPPING = "{\"properties\": {" + FIELD + "}}";
  private static final Settings CODEC =
      Settings.builder().put("index.codec", "rapidin").put("index.number_of_replicas", 0).build();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(GradientTestPlugin.class);
  }

  public void testACreatedIndexHasPinsAndASourceWithoutTheVector() {
    create("a", CODEC, MAPPING);
    assertEquals(
        Map.of(
            "properties",
            Map.of("gradient", TestAttributors.pinnedField("demo")),
            "_source",
            Map.of("excludes", List.of("gradient"))),
        mapping("a"));
  }

  public void testAnIndexWithoutTheCodecIsRefused() {
    assertRefused(
        "field [gradient] of type [gradient_vector] needs the index setting [index.codec:"
            + " rapidin], the index has [default]: create the index with \"settings\":"
            + " {\"index.codec\": \"rapidin\"}, or \"rapidin_best_compression\"",
        () -> create("a", Settings.builder().put("index.codec", "default").build(), MAPPING));
  }

  public void testAnIndexHasNoCompoundFilesUnlessItAsksForThem() {
    create("a", CODEC, MAPPING);
    create("b", withCompoundFiles(CODEC), MAPPING);
    create("c", Settings.EMPTY, "{}");
    List<String> settings = List.of("index.use_compound_file", "index.compound_format");
    assertEquals(List.of("false", "false"), settings("a", settings));
    assertEquals(List.of("true", "false"), settings("b", settings));
    assertEquals(Arrays.asList(null, null), settings("c", settings));
  }

  private static Settings withCompoundFiles(Settings settings) {
    return Settings.builder().put(settings).put("index.use_compound_file", true).build();
  }

  private List<String> settings(String index, List<String> names) {
    GetSettingsResponse all = client().admin().indices().prepareGetSettings(index).get();
    return names.stream().map(name -> all.getSetting(index, name)).toList();
  }

  public void testAnUnknownAttributorIsRefused() {
    assertRefused(
        "no attributor [nobody]; known attributors: [cos, demo, other, wide]",
        () -> create("a", CODEC, MAPPING.replace("demo", "nobody")));
  }

  public void testTemplatesOfAllKindsMakeGoodIndices() throws Exception {
    client()
        .execute(
            PutComponentTemplateAction.INSTANCE,
            new PutComponentTemplateAction.Request("gradients")
                .componentTemplate(
                    new ComponentTemplate(
                        new Template(null, new CompressedXContent(MAPPING), null), null, null)))
        .actionGet();
    client()
        .execute(
            PutComposableIndexTemplateAction.INSTANCE,
            new PutComposableIndexTemplateAction.Request("composed")
                .indexTemplate(
                    new ComposableIndexTemplate(
                        List.of("composed-*"),
                        new Template(CODEC, null, null),
                        List.of("gradients"),
                        null,
                        null,
                        null)))
        .actionGet();
    client()
        .admin()
        .indices()
        .putTemplate(
            new PutIndexTemplateRequest("legacy")
                .patterns(List.of("legacy-*"))
                .settings(CODEC)
                .mapping(MAPPING, XContentType.JSON))
        .actionGet();
    for (String index : List.of("composed-1", "legacy-1")) {
      client().index(document(index, FakeGradients.gaussian(1))).actionGet();
      assertEquals("demo", MappedFields.of(mapping(index)).pins("gradient").get().attributor());
      assertTrue(SourceExclusion.leavesOut("gradient", mapping(index)));
    }
  }

  public void testAFieldCanBeAddedToAnIndexThatHasNoMapping() {
    client().admin().indices().create(new CreateIndexRequest("a").settings(CODEC)).actionGet();
    put("a", MAPPING);
    assertTrue(SourceExclusion.leavesOut("gradient", mapping("a")));
    client().index(document("a", FakeGradients.gaussian(1))).actionGet();
  }

  public void testAFieldCannotBeAddedWhereSourceWouldKeepIt() {
    create("a", CODEC, "{\"properties\": {\"title\": {\"type\": \"text\"}}}");
    assertRefused(
        "_source of index [a] keeps field [gradient] and cannot be changed: create an index with"
            + " the field in its mapping and _reindex into it",
        () -> put("a", MAPPING));
  }

  public void testAFieldCannotBeAddedToAnIndexWithoutTheCodec() {
    create(
        "a",
        Settings.builder().put("index.codec", "default").build(),
        "{\"_source\": {\"excludes\": [\"gradient\"]}}");
    assertRefused("needs the index setting [index.codec: rapidin]", () -> put("a", MAPPING));
  }

  public void testPuttingTheSameFieldAgainChangesNothing() {
    create("a", CODEC, "{\"_source\": {\"excludes\": [\"x\"]}, \"properties\": {" + FIELD + "}}");
    Map<String, Object> before = mapping("a");
    put("a", MAPPING);
    assertEquals(before, mapping("a"));
  }

  public void testRow42TheAttributorOfAFieldCannotBeChanged() {
    create("a", CODEC, MAPPING);
    assertRefused(
        "Cannot update parameter [attributor] from [demo] to [other]",
        () -> put("a", MAPPING.replace("demo", "other")));
  }

  public void testABadDocumentFailsAlone() {
    create("a", CODEC, MAPPING);
    float[] good = FakeGradients.gaussian(1);
    float[] unlike = new float[good.length + 1];
    BulkResponse response =
        client()
            .bulk(
                new BulkRequest()
                    .add(document("a", good))
                    .add(document("a", unlike))
                    .add(document("a", good)))
            .actionGet();
    assertFalse(response.getItems()[0].isFailed());
    assertFalse(response.getItems()[2].isFailed());
    assertEquals(RestStatus.BAD_REQUEST, response.getItems()[1].status());
    assertThat(
        response.getItems()[1].getFailureMessage(),
        containsString("field [gradient] has dimension 256, the value has 257 numbers"));
  }

  public void testAnIndexReopensAsItWas() {
    create("a", CODEC, MAPPING);
    client().index(document("a", FakeGradients.gaussian(1)).setRefreshPolicy("true")).actionGet();
    client().admin().indices().prepareClose("a").get();
    client().admin().indices().prepareOpen("a").get();
    ensureGreen("a");
    assertEquals(1, client().prepareSearch("a").get().getHits().getTotalHits().value());
  }

  public void testTheCodecOfAnIndexWithGradientsCannotBeChanged() {
    create("a", CODEC, MAPPING);
    client().admin().indices().prepareClose("a").get();
    Settings other = Settings.builder().put("index.codec", "default").build();
    assertRefused(
        "needs the index setting [index.codec: rapidin], the index has [default]",
        () -> client().admin().indices().prepareUpdateSettings("a").setSettings(other).get());
    client().admin().indices().prepareOpen("a").get();
    ensureGreen("a");
  }

  private static IndexRequest document(String index, float[] vector) {
    return new IndexRequest(index).source("gradient", vector);
  }

  private void create(String index, Settings settings, String mapping) {
    client()
        .admin()
        .indices()
        .create(
            new CreateIndexRequest(index).settings(settings).mapping("{\"_doc\": " + mapping + "}"))
        .actionGet();
  }

  private AcknowledgedResponse put(String index, String mapping) {
    return client()
        .admin()
        .indices()
        .putMapping(new PutMappingRequest(index).source(mapping, XContentType.JSON))
        .actionGet();
  }

  private Map<String, Object> mapping(String index) {
    return client()
        .admin()
        .indices()
        .prepareGetMappings(index)
        .get()
        .mappings()
        .get(index)
        .sourceAsMap();
  }

  private void assertRefused(String sentence, Runnable request) {
    Exception thrown = expectThrows(Exception.class, request::run);
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(thrown));
    assertThat(ExceptionsHelper.stackTrace(thrown), containsString(sentence));
  }
}
