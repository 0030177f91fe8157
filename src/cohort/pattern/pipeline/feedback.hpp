#pragma once

#include <utility>

namespace cohort {

/// How a stage of a pipeline gives items back, to itself or, in a loop(), to the loop's first stage: again(item),
/// any number of times, only while it runs and from its own thread. Any of that stage's ranks may get them, before
/// what comes from the stage before, the latest first. A stage that names it has three parameters:
///
///   void visit(const page& p, cohort::emitter<text>& emit, cohort::feedback<page>& again);
///
/// The stage, or loop, has ended when those before it have and no item of its own is left: so each item must lead
/// to an end. One rank gives all of its items out (see stage()), and memory there grows with those that wait; see
/// pipeline_options::feedback_items for a limit.
template <class Item>
class feedback {
 public:
  using item_type = Item;

  /// For the pipeline: hands each item to `take(stage, item)`.
  feedback(void* stage, void (*take)(void*, Item&&)) noexcept : stage_{stage}, take_{take} {}

  void operator()(Item item) const { take_(stage_, std::move(item)); }

 private:
  void* stage_;
  void (*take_)(void*, Item&&);
};

}  // namespace cohort
