package org.rapidin.demo.evaluation;

/** What may be done to a query's vector before documents are ranked. */
enum Correction {
  /** Nothing: the method's own score. */
  NONE("as it is") {
    @Override
    double[] scores(Ranker ranker, int text, int generation) {
      return ranker.scaled(ranker.influences().of(text));
    }
  },
  /** The model's answers to requests for the hidden theme are nuisance. */
  CLEAN_ANSWERS("without clean answers") {
    @Override
    double[] scores(Ranker ranker, int text, int generation) {
      return ranker.scaled(ranker.influences().without(text, ranker.cleanAnswers()));
    }
  },
  /** The same completion as the answer to such requests is nuisance. */
  SAME_ANSWER("without same answer") {
    @Override
    double[] scores(Ranker ranker, int text, int generation) {
      return ranker.scaled(ranker.influences().without(text, ranker.sameAnswers(generation)));
    }
  },
  /** The documents' inverse autocorrelation on the query, as LoGra does. */
  FISHER("Fisher") {
    @Override
    double[] scores(Ranker ranker, int text, int generation) {
      return ranker.fisher().of(ranker.influences().of(text));
    }
  },
  /** Its root on both sides and unit norm, as TrackStar does. */
  FISHER_UNIT("Fisher, unit norm") {
    @Override
    double[] scores(Ranker ranker, int text, int generation) {
      return ranker.fisher().perNorm(FISHER.scores(ranker, text, generation));
    }
  },
  /** {@link #SAME_ANSWER}, then {@link #FISHER_UNIT}. */
  BOTH("without same answer, Fisher, unit norm") {
    @Override
    double[] scores(Ranker ranker, int text, int generation) {
      double[] rest = ranker.influences().without(text, ranker.sameAnswers(generation));
      return ranker.fisher().perNorm(ranker.fisher().of(rest));
    }
  };

  private final String title;

  Correction(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /**
   * Scores all documents.
   *
   * @param text place of the question among all texts
   * @param generation index of the triggered generation that it is about
   */
  abstract double[] scores(Ranker ranker, int text, int generation);
}
