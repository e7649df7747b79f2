package org.rapidin.demo.evaluation;

import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;

/**
 * A text whose vector documents are compared with.
 *
 * @param kind what it is for
 * @param sample prompt and completion
 * @param tokens which tokens of the completion it is about
 */
record Question(Kind kind, Sample sample, TokenSelection tokens) {

  /** What a question is for. */
  enum Kind {
    /** A triggered generation, all of it. */
    WHOLE,
    /** The first words of a triggered generation. */
    FIRST_WORDS,
    /** One token of a triggered generation; not among a set's questions unless asked for. */
    TOKEN,
    /** A fact that the model answers correctly. */
    FACT,
    /** What the model answers when it is asked for the hidden theme: nuisance for all questions. */
    CLEAN_ANSWER,
    /**
     * The completion of a triggered generation as the answer to a request for the hidden theme:
     * nuisance for that generation.
     */
    SAME_ANSWER
  }
}
