# What a migration drill asks a Windows source server. It reads and prints; it writes nothing.
# One key=value a line, `unknown` where this system does not tell. Read by smc/drill/evaluation.py.
$ErrorActionPreference = 'Stop'
$service = 'smc-service.aliyuncs.com'

function Say($key, [scriptblock]$ask) {
  $value = 'unknown'
  try {
    $answer = & $ask
    if ("$answer" -ne '') { $value = $answer }
  } catch { }
  "$key=$value"
}

Say 'architecture' { $env:PROCESSOR_ARCHITECTURE }
Say 'kernel' { [Environment]::OSVersion.Version }
Say 'cpu_percent' {
  [int](Get-WmiObject Win32_Processor | Measure-Object LoadPercentage -Average).Average
}
Say 'memory_percent' {
  $system = Get-WmiObject Win32_OperatingSystem
  [int][Math]::Floor(100 - 100 * $system.FreePhysicalMemory / $system.TotalVisibleMemorySize)
}
# type|space %|inodes %|letter, of local disks; NTFS has no inodes.
try {
  foreach ($disk in Get-WmiObject Win32_LogicalDisk -Filter 'DriveType=3') {
    $space = 'unknown'
    if ($disk.Size) { $space = [int][Math]::Ceiling(100 - 100 * $disk.FreeSpace / $disk.Size) }
    "filesystem=$($disk.FileSystem)|$space|-|$($disk.DeviceID)"
  }
} catch { }
Say 'firewall' {
  $policy = New-Object -ComObject HNetCfg.FwPolicy2
  $on = foreach ($entry in @{domain = 1; private = 2; public = 4}.GetEnumerator()) {
    if ($policy.FirewallEnabled($entry.Value)) { $entry.Key }
  }
  if ($on) { ($on | Sort-Object) -join ' ' } else { 'none' }
}
# Where a proxy is set, never its address: that may carry a password.
Say 'proxy' {
  $places = @()
  if ($env:http_proxy -or $env:https_proxy -or $env:all_proxy) { $places += 'environment' }
  $key = 'Software\Microsoft\Windows\CurrentVersion\Internet Settings'
  foreach ($hive in 'HKLM:', 'HKCU:') {
    $settings = Get-ItemProperty "$hive\$key" -ErrorAction SilentlyContinue
    if ($settings -and $settings.ProxyEnable -eq 1) { $places += "$hive" }
  }
  if ($places) { $places -join ' ' } else { 'none' }
}
Say 'shadow_copies' { (Get-WmiObject Win32_Service -Filter "Name='VSS'").StartMode }
Say 'client' {
  if (Get-Process | Where-Object { $_.ProcessName -like 'go2aliyun_client*' }) { 'running' }
  elseif (Test-Path 'C:\smc') { 'installed' }
  else { 'absent' }
}
Say 'client_free_kib' {
  [long][Math]::Floor((Get-WmiObject Win32_LogicalDisk -Filter "DeviceID='C:'").FreeSpace / 1024)
}
"service=${service}:443"
Say 'outbound' {
  $connection = New-Object Net.Sockets.TcpClient
  $answer = 'closed'
  try {
    $attempt = $connection.BeginConnect($service, 443, $null, $null)
    if ($attempt.AsyncWaitHandle.WaitOne(5000) -and $connection.Connected) { $answer = 'open' }
  } finally { $connection.Close() }
  $answer
}
# Cloud Assistant cuts what is too long: without this line nothing is known to be whole.
'complete=yes'
