#include "support/pmpi_counter.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <atomic>
#include <stdexcept>

namespace {

/// The calls of one MPI function.
struct slot {
  explicit slot(std::string_view its_name);
  std::string_view name;
  std::atomic<long> calls{0};
};

/// All of them, in the order of names. Filled before main.
std::vector<slot*>& slots() {
  static std::vector<slot*> all;
  return all;
}

slot::slot(std::string_view its_name) : name{its_name} {
  slots().push_back(this);
}

}  // namespace

// Each MPI function below counts itself and calls its PMPI twin.
#define COUNTED(name, parameters, arguments)                   \
  static slot name##_slot{"MPI_" #name};                       \
  extern "C" int MPI_##name parameters {                       \
    name##_slot.calls.fetch_add(1, std::memory_order_relaxed); \
    return PMPI_##name arguments;                              \
  }                                                            \
  static_assert(true)

COUNTED(Accumulate,
        (const void* origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank,
         MPI_Aint target_disp, int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win),
        (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, op,
         win));
COUNTED(Allgather,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
COUNTED(Allgatherv,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, const int recvcounts[],
         const int displs[], MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, comm));
COUNTED(Allreduce, (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
        (sendbuf, recvbuf, count, datatype, op, comm));
COUNTED(Alltoall,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
COUNTED(Alltoallv,
        (const void* sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype, void* recvbuf,
         const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm));
COUNTED(Alltoallw,
        (const void* sendbuf, const int sendcounts[], const int sdispls[], const MPI_Datatype sendtypes[],
         void* recvbuf, const int recvcounts[], const int rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
        (sendbuf, sendcounts, sdispls, sendtypes, recvbuf, recvcounts, rdispls, recvtypes, comm));
COUNTED(Barrier, (MPI_Comm comm), (comm));
COUNTED(Bcast, (void* buffer, int count, MPI_Datatype datatype, int root, MPI_Comm comm),
        (buffer, count, datatype, root, comm));
COUNTED(Bsend, (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm),
        (buf, count, datatype, dest, tag, comm));
COUNTED(Buffer_attach, (void* buffer, int size), (buffer, size));
COUNTED(Buffer_detach, (void* buffer, int* size), (buffer, size));
COUNTED(Cancel, (MPI_Request * request), (request));
COUNTED(Cart_create,
        (MPI_Comm comm, int ndims, const int dims[], const int periods[], int reorder, MPI_Comm* newcomm),
        (comm, ndims, dims, periods, reorder, newcomm));
COUNTED(Cart_sub, (MPI_Comm comm, const int remain_dims[], MPI_Comm* newcomm), (comm, remain_dims, newcomm));
COUNTED(Comm_accept, (const char* port, MPI_Info info, int root, MPI_Comm comm, MPI_Comm* newcomm),
        (port, info, root, comm, newcomm));
COUNTED(Comm_connect, (const char* port, MPI_Info info, int root, MPI_Comm comm, MPI_Comm* newcomm),
        (port, info, root, comm, newcomm));
COUNTED(Comm_create, (MPI_Comm comm, MPI_Group group, MPI_Comm* newcomm), (comm, group, newcomm));
COUNTED(Comm_create_group, (MPI_Comm comm, MPI_Group group, int tag, MPI_Comm* newcomm),
        (comm, group, tag, newcomm));
COUNTED(Comm_disconnect, (MPI_Comm * comm), (comm));
COUNTED(Comm_dup, (MPI_Comm comm, MPI_Comm* newcomm), (comm, newcomm));
COUNTED(Comm_free, (MPI_Comm * comm), (comm));
COUNTED(Comm_set_errhandler, (MPI_Comm comm, MPI_Errhandler errhandler), (comm, errhandler));
COUNTED(Comm_spawn,
        (const char* command, char* argv[], int maxprocs, MPI_Info info, int root, MPI_Comm comm,
         MPI_Comm* intercomm, int array_of_errcodes[]),
        (command, argv, maxprocs, info, root, comm, intercomm, array_of_errcodes));
COUNTED(Comm_split, (MPI_Comm comm, int color, int key, MPI_Comm* newcomm), (comm, color, key, newcomm));
COUNTED(Comm_split_type, (MPI_Comm comm, int split_type, int key, MPI_Info info, MPI_Comm* newcomm),
        (comm, split_type, key, info, newcomm));
COUNTED(Compare_and_swap,
        (const void* origin_addr, const void* compare_addr, void* result_addr, MPI_Datatype datatype,
         int target_rank, MPI_Aint target_disp, MPI_Win win),
        (origin_addr, compare_addr, result_addr, datatype, target_rank, target_disp, win));
COUNTED(Dist_graph_create,
        (MPI_Comm comm, int n, const int nodes[], const int degrees[], const int targets[], const int weights[],
         MPI_Info info, int reorder, MPI_Comm* newcomm),
        (comm, n, nodes, degrees, targets, weights, info, reorder, newcomm));
COUNTED(Dist_graph_create_adjacent,
        (MPI_Comm comm, int indegree, const int sources[], const int sourceweights[], int outdegree,
         const int destinations[], const int destweights[], MPI_Info info, int reorder, MPI_Comm* newcomm),
        (comm, indegree, sources, sourceweights, outdegree, destinations, destweights, info, reorder, newcomm));
COUNTED(Exscan, (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
        (sendbuf, recvbuf, count, datatype, op, comm));
COUNTED(Fetch_and_op,
        (const void* origin_addr, void* result_addr, MPI_Datatype datatype, int target_rank, MPI_Aint target_disp,
         MPI_Op op, MPI_Win win),
        (origin_addr, result_addr, datatype, target_rank, target_disp, op, win));
COUNTED(File_close, (MPI_File * fh), (fh));
COUNTED(File_delete, (const char* filename, MPI_Info info), (filename, info));
COUNTED(File_get_byte_offset, (MPI_File fh, MPI_Offset offset, MPI_Offset* disp), (fh, offset, disp));
COUNTED(File_get_position, (MPI_File fh, MPI_Offset* offset), (fh, offset));
COUNTED(File_get_position_shared, (MPI_File fh, MPI_Offset* offset), (fh, offset));
COUNTED(File_get_size, (MPI_File fh, MPI_Offset* size), (fh, size));
COUNTED(File_iread_at,
        (MPI_File fh, MPI_Offset offset, void* buf, int count, MPI_Datatype datatype, MPI_Request* request),
        (fh, offset, buf, count, datatype, request));
COUNTED(File_iwrite_at,
        (MPI_File fh, MPI_Offset offset, const void* buf, int count, MPI_Datatype datatype, MPI_Request* request),
        (fh, offset, buf, count, datatype, request));
COUNTED(File_open, (MPI_Comm comm, const char* filename, int amode, MPI_Info info, MPI_File* fh),
        (comm, filename, amode, info, fh));
COUNTED(File_preallocate, (MPI_File fh, MPI_Offset size), (fh, size));
COUNTED(File_read, (MPI_File fh, void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_read_all, (MPI_File fh, void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_read_at,
        (MPI_File fh, MPI_Offset offset, void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, offset, buf, count, datatype, status));
COUNTED(File_read_at_all,
        (MPI_File fh, MPI_Offset offset, void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, offset, buf, count, datatype, status));
COUNTED(File_read_ordered, (MPI_File fh, void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_read_shared, (MPI_File fh, void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_seek, (MPI_File fh, MPI_Offset offset, int whence), (fh, offset, whence));
COUNTED(File_seek_shared, (MPI_File fh, MPI_Offset offset, int whence), (fh, offset, whence));
COUNTED(File_set_size, (MPI_File fh, MPI_Offset size), (fh, size));
COUNTED(File_set_view,
        (MPI_File fh, MPI_Offset disp, MPI_Datatype etype, MPI_Datatype filetype, const char* datarep,
         MPI_Info info),
        (fh, disp, etype, filetype, datarep, info));
COUNTED(File_sync, (MPI_File fh), (fh));
COUNTED(File_write, (MPI_File fh, const void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_write_all, (MPI_File fh, const void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_write_at,
        (MPI_File fh, MPI_Offset offset, const void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, offset, buf, count, datatype, status));
COUNTED(File_write_at_all,
        (MPI_File fh, MPI_Offset offset, const void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, offset, buf, count, datatype, status));
COUNTED(File_write_ordered, (MPI_File fh, const void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(File_write_shared, (MPI_File fh, const void* buf, int count, MPI_Datatype datatype, MPI_Status* status),
        (fh, buf, count, datatype, status));
COUNTED(Gather,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, int root, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm));
COUNTED(Gatherv,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, const int recvcounts[],
         const int displs[], MPI_Datatype recvtype, int root, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, root, comm));
COUNTED(Get,
        (void* origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank, MPI_Aint target_disp,
         int target_count, MPI_Datatype target_datatype, MPI_Win win),
        (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win));
COUNTED(Get_accumulate,
        (const void* origin_addr, int origin_count, MPI_Datatype origin_datatype, void* result_addr,
         int result_count, MPI_Datatype result_datatype, int target_rank, MPI_Aint target_disp, int target_count,
         MPI_Datatype target_datatype, MPI_Op op, MPI_Win win),
        (origin_addr, origin_count, origin_datatype, result_addr, result_count, result_datatype, target_rank,
         target_disp, target_count, target_datatype, op, win));
COUNTED(Get_count, (const MPI_Status* status, MPI_Datatype datatype, int* count), (status, datatype, count));
COUNTED(Get_elements_x, (const MPI_Status* status, MPI_Datatype datatype, MPI_Count* count),
        (status, datatype, count));
COUNTED(Iallgather,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm, request));
COUNTED(Iallgatherv,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, const int recvcounts[],
         const int displs[], MPI_Datatype recvtype, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, comm, request));
COUNTED(Iallreduce,
        (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
         MPI_Request* request),
        (sendbuf, recvbuf, count, datatype, op, comm, request));
COUNTED(Ialltoall,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm, request));
COUNTED(Ialltoallv,
        (const void* sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype, void* recvbuf,
         const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm, request));
COUNTED(Ialltoallw,
        (const void* sendbuf, const int sendcounts[], const int sdispls[], const MPI_Datatype sendtypes[],
         void* recvbuf, const int recvcounts[], const int rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm,
         MPI_Request* request),
        (sendbuf, sendcounts, sdispls, sendtypes, recvbuf, recvcounts, rdispls, recvtypes, comm, request));
COUNTED(Ibarrier, (MPI_Comm comm, MPI_Request* request), (comm, request));
COUNTED(Ibcast, (void* buffer, int count, MPI_Datatype datatype, int root, MPI_Comm comm, MPI_Request* request),
        (buffer, count, datatype, root, comm, request));
COUNTED(Iexscan,
        (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
         MPI_Request* request),
        (sendbuf, recvbuf, count, datatype, op, comm, request));
COUNTED(Igather,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm, request));
COUNTED(Igatherv,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, const int recvcounts[],
         const int displs[], MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, root, comm, request));
COUNTED(Improbe, (int source, int tag, MPI_Comm comm, int* flag, MPI_Message* message, MPI_Status* status),
        (source, tag, comm, flag, message, status));
COUNTED(Imrecv, (void* buf, int count, MPI_Datatype type, MPI_Message* message, MPI_Request* request),
        (buf, count, type, message, request));
COUNTED(Intercomm_create,
        (MPI_Comm local_comm, int local_leader, MPI_Comm bridge_comm, int remote_leader, int tag,
         MPI_Comm* newintercomm),
        (local_comm, local_leader, bridge_comm, remote_leader, tag, newintercomm));
COUNTED(Intercomm_merge, (MPI_Comm intercomm, int high, MPI_Comm* newcomm), (intercomm, high, newcomm));
COUNTED(Iprobe, (int source, int tag, MPI_Comm comm, int* flag, MPI_Status* status),
        (source, tag, comm, flag, status));
COUNTED(Irecv,
        (void* buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, source, tag, comm, request));
COUNTED(Irsend,
        (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, dest, tag, comm, request));
COUNTED(Ireduce,
        (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, int root, MPI_Comm comm,
         MPI_Request* request),
        (sendbuf, recvbuf, count, datatype, op, root, comm, request));
COUNTED(Ireduce_scatter,
        (const void* sendbuf, void* recvbuf, const int recvcounts[], MPI_Datatype datatype, MPI_Op op,
         MPI_Comm comm, MPI_Request* request),
        (sendbuf, recvbuf, recvcounts, datatype, op, comm, request));
COUNTED(Ireduce_scatter_block,
        (const void* sendbuf, void* recvbuf, int recvcount, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
         MPI_Request* request),
        (sendbuf, recvbuf, recvcount, datatype, op, comm, request));
COUNTED(Iscan,
        (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
         MPI_Request* request),
        (sendbuf, recvbuf, count, datatype, op, comm, request));
COUNTED(Iscatter,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm, request));
COUNTED(Iscatterv,
        (const void* sendbuf, const int sendcounts[], const int displs[], MPI_Datatype sendtype, void* recvbuf,
         int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request* request),
        (sendbuf, sendcounts, displs, sendtype, recvbuf, recvcount, recvtype, root, comm, request));
COUNTED(Isend,
        (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, dest, tag, comm, request));
COUNTED(Issend,
        (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, dest, tag, comm, request));
COUNTED(Mprobe, (int source, int tag, MPI_Comm comm, MPI_Message* message, MPI_Status* status),
        (source, tag, comm, message, status));
COUNTED(Mrecv, (void* buf, int count, MPI_Datatype type, MPI_Message* message, MPI_Status* status),
        (buf, count, type, message, status));
COUNTED(Neighbor_allgather,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
COUNTED(Neighbor_allgatherv,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, const int recvcounts[],
         const int displs[], MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, comm));
COUNTED(Neighbor_alltoall,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
COUNTED(Neighbor_alltoallv,
        (const void* sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype, void* recvbuf,
         const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm),
        (sendbuf, sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm));
COUNTED(Neighbor_alltoallw,
        (const void* sendbuf, const int sendcounts[], const MPI_Aint sdispls[], const MPI_Datatype sendtypes[],
         void* recvbuf, const int recvcounts[], const MPI_Aint rdispls[], const MPI_Datatype recvtypes[],
         MPI_Comm comm),
        (sendbuf, sendcounts, sdispls, sendtypes, recvbuf, recvcounts, rdispls, recvtypes, comm));
COUNTED(Op_create, (MPI_User_function * function, int commute, MPI_Op* op), (function, commute, op));
COUNTED(Op_free, (MPI_Op * op), (op));
COUNTED(Probe, (int source, int tag, MPI_Comm comm, MPI_Status* status), (source, tag, comm, status));
COUNTED(Put,
        (const void* origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank,
         MPI_Aint target_disp, int target_count, MPI_Datatype target_datatype, MPI_Win win),
        (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win));
COUNTED(Recv, (void* buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm, MPI_Status* status),
        (buf, count, datatype, source, tag, comm, status));
COUNTED(Recv_init,
        (void* buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, source, tag, comm, request));
COUNTED(Reduce,
        (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, int root, MPI_Comm comm),
        (sendbuf, recvbuf, count, datatype, op, root, comm));
COUNTED(Reduce_scatter,
        (const void* sendbuf, void* recvbuf, const int recvcounts[], MPI_Datatype datatype, MPI_Op op,
         MPI_Comm comm),
        (sendbuf, recvbuf, recvcounts, datatype, op, comm));
COUNTED(Reduce_scatter_block,
        (const void* sendbuf, void* recvbuf, int recvcount, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
        (sendbuf, recvbuf, recvcount, datatype, op, comm));
COUNTED(Request_free, (MPI_Request * request), (request));
COUNTED(Rget,
        (void* origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank, MPI_Aint target_disp,
         int target_count, MPI_Datatype target_datatype, MPI_Win win, MPI_Request* request),
        (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win,
         request));
COUNTED(Rput,
        (const void* origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank,
         MPI_Aint target_disp, int target_count, MPI_Datatype target_datatype, MPI_Win win, MPI_Request* request),
        (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win,
         request));
COUNTED(Rsend, (const void* ibuf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm),
        (ibuf, count, datatype, dest, tag, comm));
COUNTED(Scan, (const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
        (sendbuf, recvbuf, count, datatype, op, comm));
COUNTED(Scatter,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, void* recvbuf, int recvcount,
         MPI_Datatype recvtype, int root, MPI_Comm comm),
        (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm));
COUNTED(Scatterv,
        (const void* sendbuf, const int sendcounts[], const int displs[], MPI_Datatype sendtype, void* recvbuf,
         int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm),
        (sendbuf, sendcounts, displs, sendtype, recvbuf, recvcount, recvtype, root, comm));
COUNTED(Send, (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm),
        (buf, count, datatype, dest, tag, comm));
COUNTED(Send_init,
        (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, dest, tag, comm, request));
COUNTED(Sendrecv,
        (const void* sendbuf, int sendcount, MPI_Datatype sendtype, int dest, int sendtag, void* recvbuf,
         int recvcount, MPI_Datatype recvtype, int source, int recvtag, MPI_Comm comm, MPI_Status* status),
        (sendbuf, sendcount, sendtype, dest, sendtag, recvbuf, recvcount, recvtype, source, recvtag, comm, status));
COUNTED(Sendrecv_replace,
        (void* buf, int count, MPI_Datatype datatype, int dest, int sendtag, int source, int recvtag, MPI_Comm comm,
         MPI_Status* status),
        (buf, count, datatype, dest, sendtag, source, recvtag, comm, status));
COUNTED(Ssend, (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm),
        (buf, count, datatype, dest, tag, comm));
COUNTED(Ssend_init,
        (const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request* request),
        (buf, count, datatype, dest, tag, comm, request));
COUNTED(Start, (MPI_Request * request), (request));
COUNTED(Startall, (int count, MPI_Request array_of_requests[]), (count, array_of_requests));
COUNTED(Test, (MPI_Request * request, int* flag, MPI_Status* status), (request, flag, status));
COUNTED(Test_cancelled, (const MPI_Status* status, int* flag), (status, flag));
COUNTED(Testall, (int count, MPI_Request array_of_requests[], int* flag, MPI_Status array_of_statuses[]),
        (count, array_of_requests, flag, array_of_statuses));
COUNTED(Testany, (int count, MPI_Request array_of_requests[], int* index, int* flag, MPI_Status* status),
        (count, array_of_requests, index, flag, status));
COUNTED(Testsome,
        (int incount, MPI_Request array_of_requests[], int* outcount, int array_of_indices[],
         MPI_Status array_of_statuses[]),
        (incount, array_of_requests, outcount, array_of_indices, array_of_statuses));
COUNTED(Type_commit, (MPI_Datatype * type), (type));
COUNTED(Type_contiguous, (int count, MPI_Datatype oldtype, MPI_Datatype* newtype), (count, oldtype, newtype));
COUNTED(Type_create_struct,
        (int count, const int array_of_block_lengths[], const MPI_Aint array_of_displacements[],
         const MPI_Datatype array_of_types[], MPI_Datatype* newtype),
        (count, array_of_block_lengths, array_of_displacements, array_of_types, newtype));
COUNTED(Type_free, (MPI_Datatype * type), (type));
COUNTED(Type_vector, (int count, int blocklength, int stride, MPI_Datatype oldtype, MPI_Datatype* newtype),
        (count, blocklength, stride, oldtype, newtype));
COUNTED(Wait, (MPI_Request * request, MPI_Status* status), (request, status));
COUNTED(Waitall, (int count, MPI_Request array_of_requests[], MPI_Status* array_of_statuses),
        (count, array_of_requests, array_of_statuses));
COUNTED(Waitany, (int count, MPI_Request array_of_requests[], int* index, MPI_Status* status),
        (count, array_of_requests, index, status));
COUNTED(Waitsome,
        (int incount, MPI_Request array_of_requests[], int* outcount, int array_of_indices[],
         MPI_Status array_of_statuses[]),
        (incount, array_of_requests, outcount, array_of_indices, array_of_statuses));
COUNTED(Win_allocate, (MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm, void* baseptr, MPI_Win* win),
        (size, disp_unit, info, comm, baseptr, win));
COUNTED(Win_allocate_shared,
        (MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm, void* baseptr, MPI_Win* win),
        (size, disp_unit, info, comm, baseptr, win));
COUNTED(Win_complete, (MPI_Win win), (win));
COUNTED(Win_create, (void* base, MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm, MPI_Win* win),
        (base, size, disp_unit, info, comm, win));
COUNTED(Win_fence, (int assertion, MPI_Win win), (assertion, win));
COUNTED(Win_flush, (int rank, MPI_Win win), (rank, win));
COUNTED(Win_flush_all, (MPI_Win win), (win));
COUNTED(Win_flush_local, (int rank, MPI_Win win), (rank, win));
COUNTED(Win_flush_local_all, (MPI_Win win), (win));
COUNTED(Win_free, (MPI_Win * win), (win));
COUNTED(Win_get_group, (MPI_Win win, MPI_Group* group), (win, group));
COUNTED(Win_lock, (int lock_type, int rank, int assertion, MPI_Win win), (lock_type, rank, assertion, win));
COUNTED(Win_lock_all, (int assertion, MPI_Win win), (assertion, win));
COUNTED(Win_post, (MPI_Group group, int assertion, MPI_Win win), (group, assertion, win));
COUNTED(Win_set_errhandler, (MPI_Win win, MPI_Errhandler errhandler), (win, errhandler));
COUNTED(Win_shared_query, (MPI_Win win, int rank, MPI_Aint* size, int* disp_unit, void* baseptr),
        (win, rank, size, disp_unit, baseptr));
COUNTED(Win_start, (MPI_Group group, int assertion, MPI_Win win), (group, assertion, win));
COUNTED(Win_sync, (MPI_Win win), (win));
COUNTED(Win_test, (MPI_Win win, int* flag), (win, flag));
COUNTED(Win_unlock, (int rank, MPI_Win win), (rank, win));
COUNTED(Win_unlock_all, (MPI_Win win), (win));
COUNTED(Win_wait, (MPI_Win win), (win));

#undef COUNTED

namespace cohort::test {

call_counter::call_counter() {
  for (const auto* each : slots()) before_.push_back(each->calls);
}

long call_counter::count(std::string_view name) const {
  const auto& all = slots();
  for (std::size_t i = 0; i != all.size(); ++i) {
    if (all[i]->name == name) return all[i]->calls - before_[i];
  }
  throw std::invalid_argument{fmt::format("call_counter does not count {}", name)};
}

long call_counter::total() const {
  long sum = 0;
  for (std::size_t i = 0; i != before_.size(); ++i) sum += slots()[i]->calls - before_[i];
  return sum;
}

std::string call_counter::text() const {
  std::string result;
  for (std::size_t i = 0; i != before_.size(); ++i) {
    if (const long calls = slots()[i]->calls - before_[i]; calls != 0) {
      result += fmt::format("{}{} {}", result.empty() ? "" : ", ", slots()[i]->name, calls);
    }
  }
  return result;
}

}  // namespace cohort::test
