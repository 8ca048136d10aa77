using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Core.Cgroups.V2;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The device set as a BPF_PROG_TYPE_CGROUP_DEVICE program (kernel Documentation/admin-guide/cgroup-v2.rst, "Device controller"). The
/// context has three words: access in the upper and type in the lower half of the first, then major, then minor.
/// </summary>
internal static class DeviceProgram
{
    /// <summary>One block per exception, which ends the program on a match; the default comes last.</summary>
    public static bpf_insn[] Assemble(DeviceSet set)
    {
        ExtendedAssembler program = new();
        program.LoadWord(Register.R2, Register.R1, 0);
        program.Move(Register.R3, Register.R2);
        program.And(Register.R2, 0xffff);
        program.ShiftRight(Register.R3, 16);
        program.LoadWord(Register.R4, Register.R1, 4);
        program.LoadWord(Register.R5, Register.R1, 8);
        foreach (DeviceExemption exception in Sorted(set.Exemptions))
            AddBlock(program, exception, set.AllowsByDefault);
        program.Move(Register.R0, set.AllowsByDefault ? 1 : 0);
        program.Exit();
        return program.ToArray();
    }

    private static void AddBlock(ExtendedAssembler program, DeviceExemption exception, bool allowsByDefault)
    {
        Span<int> toNext = stackalloc int[4];
        int jumps = 0;
        toNext[jumps++] = program.JumpUnlessEqual(Register.R2, (int)(exception.Type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
        if (exception.Major is { } major)
            toNext[jumps++] = program.JumpUnlessEqual(Register.R4, (int)major);
        if (exception.Minor is { } minor)
            toNext[jumps++] = program.JumpUnlessEqual(Register.R5, (int)minor);
        if (exception.Access != DeviceAccess.All)
        {
            program.Move(Register.R1, Register.R3);
            if (allowsByDefault)
            {
                // As in the v1 kernel, one denied access out of several (O_RDWR where w is denied) is enough to refuse.
                program.And(Register.R1, (int)exception.Access);
                toNext[jumps++] = program.JumpIfEqual(Register.R1, 0);
            }
            else
            {
                // Likewise, one access that is not allowed is enough for the exception not to match.
                program.And(Register.R1, ~(int)exception.Access);
                toNext[jumps++] = program.JumpUnlessEqual(Register.R1, 0);
            }
        }
        program.Move(Register.R0, allowsByDefault ? 0 : 1);
        program.Exit();
        foreach (int jump in toNext[..jumps])
            program.Land(jump);
    }

    /// <summary>Sorted by major, minor, type, wildcards first: the same set always yields the same program.</summary>
    private static List<DeviceExemption> Sorted(List<DeviceExemption> exceptions)
    {
        List<DeviceExemption> sorted = [.. exceptions];
        sorted.Sort(static (a, b) =>
        {
            int order = Nullable.Compare(a.Major, b.Major);
            order = order != 0 ? order : Nullable.Compare(a.Minor, b.Minor);
            return order != 0 ? order : a.Type.CompareTo(b.Type);
        });
        return sorted;
    }

    /// <summary>Puts the set into force; the old program is replaced without a moment in which none is attached.</summary>
    /// <param name="isNew">The cgroup has just been created: nothing is attached to it yet.</param>
    public static void Attach(Fd cgroup, DeviceSet set, bool isNew, string subject)
    {
        uint[] old = isNew ? [] : Sys.DevicePrograms(cgroup);
        if (set.AllowsAll && old.Length == 0)
            return;
        using Fd? program = Sys.TryLoadDeviceProgram(Assemble(set), out SysError error);
        if (program is null)
        {
            if (error.Errno == EPERM && !DeviceSet.CanBeEnforced)
                return;
            throw Refused(error, subject);
        }
        using Fd? replaced = old.Length == 1 ? Sys.OpenProgram(old[0]) : null;
        error = Sys.TryAttachDeviceProgram(cgroup, program, replaced);
        if (error.Failed)
            throw Refused(error, subject);
        if (old.Length > 1)
            foreach (uint id in old)
            {
                using Fd former = Sys.OpenProgram(id);
                Sys.DetachDeviceProgram(cgroup, former);
            }
    }

    /// <summary>How many programs are attached, and whether that is one with these rules. Attaches nothing.</summary>
    /// <returns>null: the caller may not ask.</returns>
    public static (int Count, bool IsSame)? Compare(Fd cgroup, DeviceSet set)
    {
        try
        {
            uint[] attached = Sys.DevicePrograms(cgroup);
            if (attached.Length != 1)
                return (attached.Length, set.AllowsAll && attached.Length == 0);
            using Fd present = Sys.OpenProgram(attached[0]);
            using Fd? wanted = Sys.TryLoadDeviceProgram(Assemble(set), out _);
            return wanted is null ? null : (1, Sys.ProgramTag(present) == Sys.ProgramTag(wanted));
        }
        catch (SysException)
        {
            return null;
        }
    }

    private static ContainerException Refused(SysError error, string subject)
        => ContainerException.From(
            ErrorCode.CgroupDevices, error.On($"{error.Subject} {subject}"), "cannot set the device rules", CgroupPlan.At("devices"));
}
