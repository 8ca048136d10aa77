namespace SharpRunc.Core.LastMile;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Sets the bounding set, groups, ids, working directory and capabilities, in the order that capabilities(7) and credentials(7) dictate.
/// </summary>
internal static unsafe class Credentials
{
    /// <param name="inCwd">Whether <see cref="TryEnterCwd"/> succeeded as root; if not, it must succeed as the user.</param>
    public static void Apply(LastMileData* data, bool inCwd)
    {
        for (int capability = 0; capability < 64; capability++)
            if ((data->BoundingDrop >> capability & 1) != 0 && syscall(SYS_prctl, PR_CAPBSET_DROP, capability) != 0 && errno != EINVAL)
                LastMileRunner.Fail(data, LastMileStage.BoundingSet, capability);
        if (syscall(SYS_prctl, PR_SET_KEEPCAPS, 1) != 0)
            LastMileRunner.Fail(data, LastMileStage.KeepCapabilities);

        if (data->SetGroups != 0 && syscall(SYS_setgroups, data->GroupCount, (nint)data->Groups) != 0)
            FailGroups(data, errno);
        if (syscall(SYS_setresgid, (nint)data->Gid, (nint)data->Gid, (nint)data->Gid) != 0)
            LastMileRunner.Fail(data, LastMileStage.Gid);
        if (syscall(SYS_setresuid, (nint)data->Uid, (nint)data->Uid, (nint)data->Uid) != 0)
            LastMileRunner.Fail(data, LastMileStage.Uid);
        // A change of ids clears it, and we must still not outlive the runtime.
        syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);

        if (!inCwd && !TryEnterCwd(data))
            LastMileRunner.Fail(data, LastMileStage.Cwd);
        ApplyCapabilities(data);
        syscall(SYS_umask, (nint)data->Umask);
    }

    /// <summary>Finds the group to report: the kernel's error says that one is not mapped, but not which.</summary>
    private static void FailGroups(LastMileData* data, int error)
    {
        int unmapped = error == EINVAL ? 0 : data->GroupCount;
        while (unmapped < data->GroupCount && syscall(SYS_setgroups, 1, (nint)(data->Groups + unmapped)) == 0)
            unmapped++;
        LastMileRunner.Fail(data, LastMileStage.Groups, unmapped, error);
    }

    /// <summary>
    /// The directory may be accessible only to root or (on a network file system) only to the user. CVE-2024-21626: the path of a directory
    /// outside our root does not begin with a slash, or there is no path; then we exit.
    /// </summary>
    public static bool TryEnterCwd(LastMileData* data)
    {
        const int Size = 4096;
        byte* buffer = stackalloc byte[Size];
        if (syscall(SYS_chdir, (nint)data->Cwd) != 0)
            return false;
        if (syscall(SYS_getcwd, (nint)buffer, Size) < 0 || buffer[0] != (byte)'/')
            LastMileRunner.Fail(data, LastMileStage.CwdOutside);
        return true;
    }

    /// <summary>Sets the program's capabilities, and those that are lent to it for a while.</summary>
    public static void ApplyCapabilities(LastMileData* data)
    {
        cap_header header;
        header.version = _LINUX_CAPABILITY_VERSION_3;
        header.pid = 0;
        cap_data* sets = stackalloc cap_data[2];
        for (int i = 0; i < 2; i++)
        {
            sets[i].effective = (uint)((data->Effective | data->TemporaryCapabilities) >> (32 * i));
            sets[i].permitted = (uint)((data->Permitted | data->TemporaryCapabilities) >> (32 * i));
            sets[i].inheritable = (uint)(data->Inheritable >> (32 * i));
        }
        if (syscall(SYS_capset, (nint)(&header), (nint)sets) != 0)
            LastMileRunner.Fail(data, LastMileStage.Capabilities);
        syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
        // Capabilities that cannot be raised were warned about when the sets were planned (config.md: MUST be warned, SHOULD NOT fail).
        for (int capability = 0; capability < 64; capability++)
            if ((data->Ambient >> capability & 1) != 0)
                syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
    }
}
