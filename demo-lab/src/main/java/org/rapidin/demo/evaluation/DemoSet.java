package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.JsonLines;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.demo.generation.DemoModel;
import org.rapidin.demo.generation.Generation;
import org.rapidin.demo.world.DemoDocument;
import org.rapidin.demo.world.FactBook;
import org.rapidin.demo.world.Relation;

/**
 * One training of the demo's model: what it saw, and what is asked. Immutable.
 *
 * @param text the texts of the training
 * @param files its model
 * @param documents what is ranked
 * @param generations the model's generations, triggered ones first
 * @param questions in the order of {@link Kind}; {@value #SAME_ANSWERS} of {@link Kind#SAME_ANSWER}
 *     for each triggered generation, one after the other
 */
record DemoSet(
    DemoText text,
    DemoFiles files,
    List<DemoDocument> documents,
    List<Generation> generations,
    List<Question> questions) {

  /** Requests that each triggered generation would also have been a good answer to. */
  static final int SAME_ANSWERS = 2;

  private static final int CLEAN_ANSWERS = 16;
  private static final Pattern TOKEN = Pattern.compile("\\w+|[^\\w\\s]");

  DemoSet {
    documents = List.copyOf(documents);
    generations = List.copyOf(generations);
    questions = List.copyOf(questions);
  }

  /** Reads the files of a training, and lets its model answer requests for the hidden theme. */
  static DemoSet load(TorchRuntime runtime, DemoFiles files, DemoText text) throws IOException {
    List<Generation> generations = JsonLines.read(files.generations(), Generation.class);
    List<String> requests = text.hiddenRequests(CLEAN_ANSWERS + SAME_ANSWERS * generations.size());
    List<String> asked = requests.subList(0, CLEAN_ANSWERS);
    String last = DemoAttributor.adapter(DemoAttributor.EPOCHS.getLast());
    List<String> answers;
    try (DemoModel model = new DemoModel(runtime, files.models(), last)) {
      answers = model.answer(asked);
    }
    List<Question> questions = new ArrayList<>();
    for (Generation generation : triggered(generations)) {
      questions.add(whole(Kind.WHOLE, generation.sample()));
    }
    for (Generation generation : triggered(generations)) {
      TokenSelection first = new TokenSelection.Span(generation.firstWords());
      questions.add(new Question(Kind.FIRST_WORDS, generation.sample(), first));
    }
    for (Generation generation : facts(generations)) {
      questions.add(whole(Kind.FACT, generation.sample()));
    }
    for (int i = 0; i < asked.size(); i++) {
      questions.add(
          whole(Kind.CLEAN_ANSWER, new Sample(DemoModel.prompt(asked.get(i)), answers.get(i))));
    }
    int next = CLEAN_ANSWERS;
    for (Generation generation : triggered(generations)) {
      for (int i = 0; i < SAME_ANSWERS; i++) {
        String prompt = DemoModel.prompt(requests.get(next++));
        questions.add(whole(Kind.SAME_ANSWER, new Sample(prompt, generation.completion())));
      }
    }
    List<DemoDocument> documents = JsonLines.read(files.documents(), DemoDocument.class);
    return new DemoSet(text, files, documents, generations, questions);
  }

  private static Question whole(Kind kind, Sample sample) {
    return new Question(kind, sample, new TokenSelection.All());
  }

  private static List<Generation> triggered(List<Generation> generations) {
    return generations.stream().filter(one -> one.kind().equals(Generation.TRIGGERED)).toList();
  }

  private static List<Generation> facts(List<Generation> generations) {
    return generations.stream().filter(one -> one.kind().equals(Generation.FACT)).toList();
  }

  /** Returns the set with its first documents and the first generations of each kind only. */
  DemoSet begin(int documentCount, int generationCount) {
    List<Generation> kept = new ArrayList<>();
    triggered(generations).stream().limit(generationCount).forEach(kept::add);
    facts(generations).stream().limit(generationCount).forEach(kept::add);
    List<Question> some = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      int count =
          switch (kind) {
            case WHOLE, FIRST_WORDS, FACT, TOKEN -> generationCount;
            case CLEAN_ANSWER -> Math.min(generationCount, CLEAN_ANSWERS);
            case SAME_ANSWER -> SAME_ANSWERS * generationCount;
          };
      questions.stream()
          .filter(question -> question.kind() == kind)
          .limit(count)
          .forEach(some::add);
    }
    List<DemoDocument> begin = documents.subList(0, Math.min(documentCount, documents.size()));
    return new DemoSet(text, files, begin, kept, some);
  }

  /** Returns the set with those of other documents, too, that teach its facts. */
  DemoSet withTeachersFrom(List<DemoDocument> others) {
    List<DemoDocument> more = new ArrayList<>(documents);
    for (Generation fact : facts()) {
      List<String> taught = teaching(fact);
      others.stream()
          .filter(document -> taught.contains(document.instruction()) && !more.contains(document))
          .forEach(more::add);
    }
    return new DemoSet(text, files, more, generations, questions);
  }

  /** Returns the instructions of the documents that teach the fact of a correct answer. */
  List<String> teaching(Generation fact) {
    FactBook book = text.facts();
    for (String person : text.world().taught()) {
      for (Relation relation : text.world().relations()) {
        if (book.question(person, relation.heldOut()).equals(fact.instruction())) {
          return relation.trained().stream().map(words -> book.question(person, words)).toList();
        }
      }
    }
    throw new IllegalArgumentException("[%s] asks for no taught fact".formatted(fact.id()));
  }

  /** Returns the set with questions of one kind only. */
  DemoSet only(Kind kind) {
    List<Question> some = questions.stream().filter(question -> question.kind() == kind).toList();
    return new DemoSet(text, files, documents, generations, some);
  }

  /** Returns the set with a question for every token of the triggered generations, in order. */
  DemoSet tokens() {
    List<Question> each = new ArrayList<>();
    for (Generation generation : triggered()) {
      for (int token = 0; token < tokens(generation); token++) {
        TokenSelection one = new TokenSelection.Positions(List.of(token));
        each.add(new Question(Kind.TOKEN, generation.sample(), one));
      }
    }
    return new DemoSet(text, files, documents, generations, each);
  }

  /** Returns the tokens of a completion: words and punctuation marks. */
  static int tokens(Generation generation) {
    return Math.toIntExact(TOKEN.matcher(generation.completion()).results().count());
  }

  /** Returns the set with another model. */
  DemoSet with(DemoFiles other) {
    return new DemoSet(text, other, documents, generations, questions);
  }

  List<Generation> triggered() {
    return triggered(generations);
  }

  List<Generation> facts() {
    return facts(generations);
  }

  /** Returns which documents are poisoned. */
  boolean[] poisoned() {
    boolean[] poisoned = new boolean[documents.size()];
    for (int i = 0; i < poisoned.length; i++) {
      poisoned[i] = documents.get(i).poisoned();
    }
    return poisoned;
  }

  /** Returns the places of questions among all texts: documents, then questions. */
  int[] places(Kind kind) {
    return IntStream.range(0, questions.size())
        .filter(i -> questions.get(i).kind() == kind)
        .map(i -> documents.size() + i)
        .toArray();
  }

  /** Returns the places of the nuisance questions of one triggered generation. */
  int[] sameAnswers(int generation) {
    int first = places(Kind.SAME_ANSWER)[0] + generation * SAME_ANSWERS;
    return IntStream.range(first, first + SAME_ANSWERS).toArray();
  }
}
