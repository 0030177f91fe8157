# Sourced by slurm: its configuration.
# shellcheck shell=bash disable=SC2154

# A requeued job can start again when its old credential has expired, which is two minutes otherwise (cred_expire). A node
# that falls silent is given up after ten seconds.
write_slurm_conf() {
  cat <<EOT
ClusterName=bed
SlurmctldHost=node1
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
StateSaveLocation=$bed/slurm/state
SlurmdSpoolDir=$bed/slurm/spool.%n
TmpFS=/run/tmp
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$bed/slurm/slurmctld.log
SlurmdLogFile=$bed/slurm/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$bed/jobs.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
InactiveLimit=0
MinJobAge=300
KillWait=5
UnkillableStepTimeout=30
JobRequeue=1
MaxArraySize=5000
PropagateResourceLimits=NONE
NodeName=node[1-$1] CPUs=2 Boards=1 SocketsPerBoard=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
EOT
}
