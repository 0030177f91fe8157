#!/bin/bash
# program.sh COHORT_INFO MPIRUN...: cohort-info alone, with hostfiles, and under MPIRUN. Every check names itself when it
# fails; the exit status is the number of failures.
set -u
. "$(dirname "$0")/../../support/checks.sh"
info=$1
shift
mpirun=("$@")
cd "$work" || exit 1
alone() { "$info" "$@" >out 2>err </dev/null; status=$?; }

alone
check 'it says who it is' grep -q '^cohort  *[0-9.]* (' out
check 'and what MPI' grep -q '^MPI  *Open MPI 4' out
check 'and who started it' grep -q '^started by  *no launcher' out
check 'nothing on standard error' is "$(cat err)" ''
check 'as root allowed, or not root, no problem' is "$(grep -c '^problem: mpirun refuses' out)" 0
if [ "$(id -u)" = 0 ]; then
  OMPI_ALLOW_RUN_AS_ROOT=0 alone --quick
  check 'root' grep -q '^problem: mpirun refuses to run as root' out
  check 'is a problem' is $status 1
fi
PATH=/nowhere alone
check 'no mpirun' grep -q '^problem: there is no mpirun in PATH' out
check 'is one too' is $status 1
mkdir bin; printf '#!/bin/sh\necho "mpirun (Open MPI) 9.9.9"\n' >bin/mpirun; chmod +x bin/mpirun
PATH=$PWD/bin:$PATH alone
check 'another mpirun' grep -q 'bin/mpirun belongs to Open MPI 9.9.9' out
printf '#!/bin/sh\n[ "$1" != --version ] || exec echo "mpirun (Open MPI) 4.1.4"\nexec sleep 600\n' >bin/mpirun
PATH=$PWD/bin:$PATH alone --timeout 1
check 'one that hangs' grep -q 'mpirun does not start a program (it says: nothing in 1 seconds)' out

# Hostfiles.
cores=$(nproc)
echo "localhost slots=$cores" >hosts; alone --hostfile hosts
check 'a good one' is "$(grep -c '^problem' out)" 0
check 'this host' grep -q "  *$cores  *$cores  this host" out
printf 'localhost slots=9999\nno.such.host.invalid slots=2\nother slots=x\n' >hosts; alone --hostfile hosts --timeout 2
check 'too many slots' grep -q 'has slots=9999 in line 1, and' out
check 'an unknown host' grep -q '^problem: no.such.host.invalid is not known' out
check 'a wrong line' grep -q '^problem: hosts:3: slots=x (a number is needed); write slots=8' out
check 'problems' is $status 1
alone --hostfile missing
check 'none at all' grep -q '^problem: the hostfile missing cannot be read (No such file' out
# A host that answers, one that refuses, one that never says anything: by a stand-in for ssh.
cat >ssh <<'SSH'
#!/bin/sh
while [ $# -gt 2 ]; do shift; done
case $1 in
good) echo 'Welcome!'; exec sh -c "nproc() { echo 3; }; $2" ;;
refuses) echo 'refuses: Permission denied (publickey).' >&2; exit 255 ;;
*) exec sleep 600 ;;
esac
SSH
chmod +x ssh; printf 'good slots=4\nrefuses\nsilent\n' >hosts; alone --hostfile hosts --ssh ./ssh --timeout 1
check 'its cores' grep -q 'good has slots=4 in line 1, and 3 cores' out
check 'its MPI' grep -q '^good  *4  *3  Open MPI' out
check 'one that refuses' grep -q 'refuses is not reached by ssh without a password (refuses: Permission denied' out
check 'one that is silent' grep -q 'silent is not reached by ssh without a password (no answer in 3 seconds)' out

# As JSON.
alone --json --quick
check 'JSON' python3 -c 'import json; d = json.load(open("out")); assert d["launcher"] == "none" and d["cpus"] and d["mpirun"]["starts"] is None, d'

# Under mpirun: one report of all ranks.
for ranks in 1 3; do
  "${mpirun[@]}" $ranks "$info" >out 2>err </dev/null; status=$?
  check 'one report' is "$(grep -c '^cohort ' out)" 1
  check 'all ranks' grep -q "^ranks  *$ranks\$" out
  check 'one host' is "$(grep -c "^$(hostname -s)  *0.*  $ranks  " out)" 1
done
[ "$cores" -ge 3 ] || check 'more ranks than cores' grep -q "^note: $(hostname -s) has 3 ranks on $cores cores" out
"${mpirun[@]}" 2 --bind-to core "$info" --json >out 2>err </dev/null; status=$?
if [ "$cores" -ge 2 ]; then
  check 'bound' grep -q 'is tied to one core' out
  check 'is a problem' is $status 1
fi
check 'JSON of a job' python3 -c 'import json; d = json.load(open("out")); assert d["launcher"] == "mpirun" and d["size"] == 2 and len(d["ranks"]) == 2, d'
"${mpirun[@]}" 3 "$info" --no-such-option >out 2>err </dev/null; check 'usage' is "$? $(grep -c 'see cohort-info --help' err)" '2 1'
exit $failures
