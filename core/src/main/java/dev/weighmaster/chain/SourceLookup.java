package dev.weighmaster.chain;

import java.util.List;

/** Finds what an attestation names as its source. */
@FunctionalInterface
public interface SourceLookup {

  /**
   * What the hub has of that which is asked for.
   *
   * @return in any order, others among them; of very many, those that {@link ChainJudge#answers}
   *     would keep
   */
  List<Source> find(SourceQuery query);
}
