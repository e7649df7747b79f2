package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Query;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.ResolvedGradient;

/**
 * The query {@code influence}: ranks documents by the influence of their training on a generation.
 *
 * <p>The coordinating node replaces the text by its gradient, so that neither shards nor their slow
 * logs see the generation. Before that {@code toXContent} shows prompt and completion, because
 * OpenSearch round-trips queries through it; vectors are never shown.
 */
public final class InfluenceQueryBuilder extends AbstractQueryBuilder<InfluenceQueryBuilder> {
  /** Name of the query in the DSL and on the wire. */
  public static final String NAME = "influence";

  private final Supplier<CoordinatorRewrite> coordinator;
  private final String field;
  private final InfluenceSubject subject;
  private final InfluenceOptions options;
  // Set on the coordinating node while the gradient is computed; returns null until then.
  private final Supplier<CoordinatorRewrite.Outcome> pending;

  InfluenceQueryBuilder(
      Supplier<CoordinatorRewrite> coordinator,
      String field,
      InfluenceSubject subject,
      InfluenceOptions options) {
    this(coordinator, field, subject, options, null);
  }

  private InfluenceQueryBuilder(
      Supplier<CoordinatorRewrite> coordinator,
      String field,
      InfluenceSubject subject,
      InfluenceOptions options,
      Supplier<CoordinatorRewrite.Outcome> pending) {
    this.coordinator = Objects.requireNonNull(coordinator, "coordinator");
    this.field = Objects.requireNonNull(field, "field");
    this.subject = Objects.requireNonNull(subject, "subject");
    this.options = Objects.requireNonNull(options, "options");
    this.pending = pending;
  }

  /**
   * Reads a query from another node.
   *
   * @param coordinator returns what rewrites queries on this node; called after start-up
   */
  public InfluenceQueryBuilder(StreamInput in, Supplier<CoordinatorRewrite> coordinator)
      throws IOException {
    super(in);
    InfluenceQueryWire wire = InfluenceQueryWire.read(in);
    this.coordinator = coordinator;
    this.field = wire.field();
    this.subject = wire.subject();
    this.options = wire.options();
    this.pending = null;
  }

  /**
   * Reads a query as the user writes it.
   *
   * @param parser at the start of the query's object
   * @param coordinator returns what rewrites queries on this node; called after start-up
   * @throws IllegalArgumentException if a value is wrong
   * @throws org.opensearch.core.common.ParsingException if a key is unknown; names it
   */
  public static InfluenceQueryBuilder fromXContent(
      XContentParser parser, Supplier<CoordinatorRewrite> coordinator) throws IOException {
    return new InfluenceQueryParser(coordinator).parse(parser);
  }

  /** The field that is searched. */
  public String field() {
    return field;
  }

  InfluenceSubject subject() {
    return subject;
  }

  InfluenceOptions options() {
    return options;
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    if (pending != null) {
      throw new IllegalStateException("the gradient of an influence query is still computed");
    }
    new InfluenceQueryWire(field, subject, options).writeTo(out);
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).startObject(field);
    subject.toXContent(builder, params);
    options.toXContent(builder, params);
    printBoostAndQueryName(builder);
    builder.endObject().endObject();
  }

  /** Filter and subject proceed in the same round, so that nesting costs no further rounds. */
  // By contract a rewrite that changes nothing returns the same object.
  @SuppressWarnings("ReferenceEquality")
  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryBuilder filter = options.filter() == null ? null : options.filter().rewrite(context);
    InfluenceQueryBuilder current =
        filter == options.filter() ? this : copy(subject, options.withFilter(filter), pending);
    if (pending != null) {
      CoordinatorRewrite.Outcome outcome = pending.get();
      return outcome == null ? current : outcome.apply(current);
    }
    return switch (subject) {
      case InfluenceSubject.Generation _,
          GenerationSet _,
          PreconditionedSet _,
          InfluenceSubject.RawVector _ ->
          current.onCoordinator(context.convertToCoordinatorContext());
      case InfluenceSubject.ByHandle(GradientHandle handle, ResolvedGradient fetched, var _, var _)
          when fetched == null ->
          current.onShard(handle, context);
      case InfluenceSubject.ByValue _, InfluenceSubject.ByHandle _, InfluenceSubject.TimedOut _ ->
          current;
    };
  }

  private QueryBuilder onCoordinator(QueryCoordinatorContext context) {
    return context == null ? this : coordinator.get().rewrite(this, context);
  }

  /** A shard may wait before its search starts; once there is a shard context it may not. */
  private QueryBuilder onShard(GradientHandle handle, QueryRewriteContext context) {
    return context.convertToCoordinatorContext() != null || context.convertToShardContext() != null
        ? this
        : new ShardRewrite(coordinator.get()).rewrite(this, handle, context);
  }

  /** Returns this query, waiting for an outcome. */
  InfluenceQueryBuilder pending(Supplier<CoordinatorRewrite.Outcome> outcome) {
    return copy(subject, options, outcome);
  }

  /** Returns this query with another subject. */
  InfluenceQueryBuilder about(InfluenceSubject other) {
    return copy(other, options, null);
  }

  /** Returns this query with another subject and mode. */
  InfluenceQueryBuilder about(InfluenceSubject other, RankingMode mode) {
    return copy(other, options.withMode(mode), null);
  }

  private InfluenceQueryBuilder copy(
      InfluenceSubject subject,
      InfluenceOptions options,
      Supplier<CoordinatorRewrite.Outcome> pending) {
    return new InfluenceQueryBuilder(coordinator, field, subject, options, pending)
        .boost(boost)
        .queryName(queryName);
  }

  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    return new ShardQuery(field, subject, options, queryName, coordinator).toQuery(context);
  }

  /**
   * Returns this query about a single document.
   *
   * @param id of the document
   * @throws IllegalArgumentException if the query ranks by candidates, which need not have it
   */
  public InfluenceQueryBuilder ofDocument(String id) {
    if (!options.mode().isExact()) {
      throw new IllegalArgumentException(
          "[mode] plays no part where one document is asked about: leave it out");
    }
    BoolQueryBuilder only = new BoolQueryBuilder().filter(new IdsQueryBuilder().addIds(id));
    if (options.filter() != null) {
      only.filter(options.filter());
    }
    return copy(subject, options.withFilter(only), pending);
  }

  /** Whether the query is about the tokens of one generation. */
  public boolean hasTokens() {
    return subject instanceof InfluenceSubject.Generation;
  }

  /** Whether negative influence ranks first. */
  public boolean opponents() {
    return options.opponents();
  }

  /** The gradient's handle, or null where the gradient itself travels. */
  public GradientHandle handle() {
    return subject.handle();
  }

  @Override
  public void visit(QueryBuilderVisitor visitor) {
    visitor.accept(this);
    if (options.filter() != null) {
      options.filter().visit(visitor.getChildVisitor(Occur.FILTER));
    }
  }

  @Override
  protected boolean doEquals(InfluenceQueryBuilder other) {
    return field.equals(other.field)
        && subject.equals(other.subject)
        && options.equals(other.options);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(field, subject, options);
  }
}
