namespace SharpRunc.Core.Cgroups;

/// <summary>The files are the same on v1 and v2.</summary>
internal static class PidsCounters
{
    internal static void Read(CgroupDirectory directory, Statistics into)
    {
        into.Pids = directory.Number("pids.current");
        into.PidsLimit = directory.Number("pids.max", max: 0);
    }
}
