namespace SharpRunc.Core.LastMile;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Finds the program, with the credentials that it will be executed with, while `create` can still report an error.</summary>
internal static unsafe class Program
{
    private const nint X_OK = 1;

    /// <summary>
    /// Returns the first candidate that can be executed, in the order of execvp(3); null for a container without a process.
    /// </summary>
    public static byte* Find(LastMileData* data)
    {
        if (data->Candidates is null)
            return null;
        int refusal = ENOENT, refused = 0;
        for (int i = 0; data->Candidates[i] is not null; i++)
        {
            int error = Check(data, data->Candidates[i]);
            if (error == 0)
                return data->Candidates[i];
            if (IsMissing(error) ? refusal == ENOENT : error != EISDIR || IsMissing(refusal))
                (refusal, refused) = (error, i);
        }
        LastMileRunner.Fail(data, IsMissing(refusal) ? LastMileStage.ProgramMissing : LastMileStage.ProgramRefused, refused, refusal);
        return null;
    }

    private static bool IsMissing(int error) => error is ENOENT or ENOTDIR;

    /// <summary>Returns 0, or the errno that prevents execution. If a profile hides these calls, execve decides.</summary>
    private static int Check(LastMileData* data, byte* path)
    {
        stat facts;
        if (syscall(SYS_newfstatat, AT_FDCWD, (nint)path, (nint)(&facts)) != 0)
            return errno;
        if (((uint)facts.st_mode & S_IFMT) == S_IFDIR)
            return EISDIR;
        if (syscall(SYS_faccessat, AT_FDCWD, (nint)path, X_OK) == 0)
            return 0;
        int refusal = errno;
        if (refusal is ENOSYS or EPERM) // to the latter only a profile comes: access(2) has it for writing alone
            return 0;
        bool passesAnyway = refusal is EACCES && MayIgnoreModes(data) && !IsRefusedToUs(path);
        return passesAnyway ? 0 : refusal;
    }

    /// <summary>
    /// Whether the process may bypass mode bits. access(2) checks for a user without capabilities, execve for this process:
    /// path_resolution(7), "Bypassing permission checks".
    /// </summary>
    private static bool MayIgnoreModes(LastMileData* data)
    {
        const ulong Bypassing = 1ul << CAP_DAC_OVERRIDE | 1ul << CAP_DAC_READ_SEARCH;
        return (data->Effective & Bypassing) != 0;
    }

    /// <summary>Makes the same check as execve. A profile may be older than the call; then execve decides.</summary>
    private static bool IsRefusedToUs(byte* path)
        => syscall(SYS_faccessat2, AT_FDCWD, (nint)path, X_OK, AT_EACCESS) != 0 && errno is not (ENOSYS or EPERM);
}
