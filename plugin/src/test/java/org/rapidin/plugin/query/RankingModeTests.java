package org.rapidin.plugin.query;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.rapidin.plugin.lucene.Candidates;

class RankingModeTests {
  @Test
  void withoutAKAtLeastAsManyDocumentsMatchAsTheSearchShows() {
    assertEquals(100, resolvedK(new SearchRequest("a")));
    assertEquals(100, resolvedK(search(0, 10)));
    assertEquals(100, resolvedK(search(50, 50)));
    assertEquals(160, resolvedK(search(150, 10)));
    assertEquals(160, resolvedK(search(150, -1)));
    assertEquals(Candidates.MAX_K, resolvedK(search(10_000, 10_000)));
    SearchRequest rescored = search(0, 10);
    rescored
        .source()
        .addRescorer(new QueryRescorerBuilder(new MatchAllQueryBuilder()).windowSize(700));
    assertEquals(700, resolvedK(rescored));
  }

  @Test
  void aGivenKStays() {
    RankingMode given = new RankingMode.ByCandidates(new Candidates(3, 2));
    assertEquals(given, given.resolved(search(0, 500)));
    assertEquals(new RankingMode.Exact(), new RankingMode.Exact().resolved(search(0, 500)));
  }

  private static int resolvedK(IndicesRequest request) {
    RankingMode resolved = new RankingMode.ByShownHits(5).resolved(request);
    return ((RankingMode.ByCandidates) resolved).limits().k();
  }

  private static SearchRequest search(int from, int size) {
    SearchSourceBuilder source = new SearchSourceBuilder().from(from);
    return new SearchRequest("a").source(size < 0 ? source : source.size(size));
  }
}
