package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;

/** Makes searches of one form: {@link #SCALAR}, or one that computes many sub-blocks at once. */
interface Searches {
  /** The form that reads like the definition. */
  Searches SCALAR =
      new Searches() {
        @Override
        public ScaleSearch scaleAndMin(
            int size, int maxCode, SearchSteps steps, Deviation deviation) {
          return new ScaleAndMinSearch(size, maxCode, steps, deviation);
        }

        @Override
        public ScaleSearch centered(int size, int half) {
          return new CenteredScaleSearch(size, half);
        }

        @Override
        public ScaleSearch descending(int size, int half) {
          return new DescendingScaleSearch(size, half);
        }
      };

  /** See {@link ScaleAndMinSearch}. */
  ScaleSearch scaleAndMin(int size, int maxCode, SearchSteps steps, Deviation deviation);

  /** See {@link CenteredScaleSearch}. */
  ScaleSearch centered(int size, int half);

  /** See {@link DescendingScaleSearch}. */
  ScaleSearch descending(int size, int half);
}
