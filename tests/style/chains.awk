# Puts headers into as few translation units as may be, so that each is still shown to need nothing but what it includes.
#
#   awk -v root=FOLDER -v hubs='HEADER ...' -f chains.awk FOLDER/cohort/a.hpp ...
#
# Before a header of a unit there are only headers that it includes itself, directly or not: whatever it lacks is lacking then
# too. A unit may begin with a hub, which is precompiled, if each of its headers includes the hub. One line per unit: the hub
# or -, and its headers in the order in which they are to be included.

FNR == 1 { name = substr(FILENAME, length(root) + 2); names[++number] = name }
/^#include <cohort\// { split($0, piece, /[<>]/); direct[name] = direct[name] " " piece[2] }

# Fills reach[header], what it includes directly or not; within, the same as pairs; and size, how many they are.
function visit(header,    list, i) {
  if (header in size) return
  size[header] = 0
  split(direct[header], list, " ")
  for (i in list) {
    visit(list[i])
    reach[header] = reach[header] " " list[i] " " reach[list[i]]
  }
  split(reach[header], list, " ")
  reach[header] = ""
  for (i in list)
    if (!((header, list[i]) in within)) {
      within[header, list[i]] = 1
      reach[header] = reach[header] " " list[i]
      ++size[header]
    }
}

function hub_of(header,    list, n, i) {
  n = split(hubs, list, " ")
  for (i = 1; i <= n; ++i)
    if ((header, list[i]) in within) return list[i]
  return "-"
}

# The one of these headers that includes most, of those that are in no unit yet and have this hub.
function largest(headers, hub,    list, n, i, best) {
  n = split(headers, list, " ")
  for (i = 1; i <= n; ++i)
    if (!(list[i] in done) && hub_of(list[i]) == hub && (best == "" || size[list[i]] > size[best])) best = list[i]
  return best
}

END {
  for (i = 1; i <= number; ++i) {
    visit(names[i])
    all = all " " names[i]
  }
  n = split(hubs " -", kinds, " ")
  for (k = 1; k <= n; ++k)
    while ((header = largest(all, kinds[k])) != "") {
      unit = ""
      for (; header != ""; header = largest(reach[header], kinds[k])) {
        done[header] = 1
        unit = " " header unit
      }
      print kinds[k] unit
    }
}
