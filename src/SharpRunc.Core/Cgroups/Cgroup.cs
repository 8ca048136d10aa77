using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>Placeholder with the agreed signatures.</summary>
internal sealed class Cgroup
{
    public static Cgroup Open(KeyValuePair<string, string>[] paths) { _ = paths; return new Cgroup(); }
    public bool IsFrozen() => frozen;
    public void Thaw() => frozen = false;
    public void KillAll(int signal) => _ = signal + processes.Count;
    public List<int> Processes() => processes;
    public void Remove() => processes.Clear();
    private bool frozen;
    private readonly List<int> processes = [];
}
