#pragma once

#include <utility>

namespace cohort {

/// How a stage of a pipeline gives items back to itself: again(item), any number of times, only while it runs and
/// from its own thread. Any of the stage's ranks may get them, before what comes from the stage before, the latest
/// first. A stage that names it has three parameters:
///
///   void visit(const page& p, cohort::emitter<text>& emit, cohort::feedback<page>& again);
///
/// The stage has ended when those before it have and no item of its own is left: so each item must lead to an end.
/// One rank gives all of the stage's items out (see stage()), and memory there grows with those that wait.
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
