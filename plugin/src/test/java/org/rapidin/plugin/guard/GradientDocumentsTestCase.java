package org.rapidin.plugin.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.opensearch.action.admin.indices.template.put.PutComponentTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.IndexService;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.rapidin.plugin.TinyNodeTestCase;

/** A node whose pipeline {@code influence} computes the vectors of documents. */
public abstract class GradientDocumentsTestCase extends TinyNodeTestCase {
  static final int DIMENSION = 256;
  static final String FIELD = "\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}";
  static final String MAPPING = "{\"properties\":{" + FIELD + "}}";
  static final Settings SETTINGS =
      Settings.builder()
          .put("index.codec", "rapidin")
          .put("index.default_pipeline", "influence")
          .put("index.number_of_replicas", 0)
          .build();

  void createAttributor() {
    put("demo", spec("tiny", DIMENSION));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
  }

  IndexShard shard(String index) {
    client().admin().indices().prepareRefresh(index).get();
    IndexService service =
        getInstanceFromNode(IndicesService.class).indexServiceSafe(resolveIndex(index));
    return service.getShard(0);
  }

  static Map<String, Object> document() {
    return Map.of("instruction", "a", "output", "b");
  }

  BulkItemResponse indexOne(String index, Map<String, Object> source) {
    return bulk(new IndexRequest(index).source(source));
  }

  BulkItemResponse bulk(IndexRequest request) {
    return client().prepareBulk().add(request).get().getItems()[0];
  }

  void create(String index, String mapping) {
    client().admin().indices().prepareCreate(index).setSettings(SETTINGS).setMapping(mapping).get();
  }

  void putMapping(String index, String mapping) {
    client().admin().indices().preparePutMapping(index).setSource(mapping, XContentType.JSON).get();
  }

  void putComponent(String name, String mapping) {
    try {
      Template template = new Template(null, new CompressedXContent(mapping), null);
      client()
          .execute(
              PutComponentTemplateAction.INSTANCE,
              new PutComponentTemplateAction.Request(name)
                  .componentTemplate(new ComponentTemplate(template, 1L, null)))
          .actionGet();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts a template for {@code name-*} that is made of components, and has the codec. */
  void putComposed(String name, List<String> components) {
    Settings codec = Settings.builder().put("index.codec", "rapidin").build();
    client()
        .execute(
            PutComposableIndexTemplateAction.INSTANCE,
            new PutComposableIndexTemplateAction.Request(name)
                .indexTemplate(
                    new ComposableIndexTemplate(
                        List.of(name + "-*"),
                        new Template(codec, null, null),
                        components,
                        null,
                        null,
                        null)))
        .actionGet();
  }

  long hits(String indices) {
    client().admin().indices().prepareRefresh(indices.split(",")).get();
    return client().prepareSearch(indices.split(",")).get().getHits().getTotalHits().value();
  }
}
